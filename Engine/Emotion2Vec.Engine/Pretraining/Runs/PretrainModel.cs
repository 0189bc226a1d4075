using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Upstreams;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Pretraining.Runs;

/// <summary>Student, teacher and objective of a recipe: what the two generations of data2vec have in common for a run.</summary>
internal abstract class PretrainModel : IDisposable
{
    /// <summary>What is trained, with everything that only pre-training needs.</summary>
    public abstract nn.Module Student { get; }

    public abstract nn.Module Teacher { get; }

    public abstract EmaTeacher Average { get; }

    /// <summary>The model of a recipe with its cold start.</summary>
    public static PretrainModel Create(PretrainRecipe recipe, Device device)
    {
        PretrainModel model = recipe.Architecture == PretrainArchitecture.Data2vec ? new Data2Vec1(recipe) : new Data2Vec2(recipe);
        model.Student.to(device);
        model.Teacher.to(device);
        model.Student.train();
        model.Average.Copy();
        return model;
    }

    /// <summary>
    /// Takes the student's weights from a checkpoint (its teacher is not read), and the teacher from the student. Utterance
    /// tokens, decoder and prediction head that the checkpoint lacks stay at their initial values; tokens that the model lacks are left out.
    /// </summary>
    /// <returns>What stayed at its initial values.</returns>
    /// <exception cref="InputException">It cannot be read, or does not fit.</exception>
    public IReadOnlyList<string> StartFrom(string path)
    {
        using var file = CheckpointFile.Open(path);
        var tokens = Student.named_parameters().Select(p => p.name).FirstOrDefault(n => n.EndsWith(Tokens, StringComparison.Ordinal));
        var rules = new MatchRules([.. tokens is null ? [] : new[] { tokens }, .. Architectures.PretrainingPrefixes], tokens is null ? ["modality_encoders.AUDIO." + Tokens, "encoder." + Tokens] : []);
        TorchTensors.Load(Student, path, file.Tensors, rules);
        Average.Copy();
        var found = StateDictNames.ToFairseq(path, file.Tensors).Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        return [.. Student.named_parameters().Select(p => p.name).Where(n => !found.Contains(n))];
    }

    private const string Tokens = "extra_tokens";

    /// <summary>One forward pass.</summary>
    /// <param name="clips">Whole utterances, normalised.</param>
    /// <param name="random">Draws crops, masks and the blocks that are left out.</param>
    public abstract PretrainingLosses Forward(IReadOnlyList<float[]> clips, int longest, SplitMix64 random, Device device);

    public void Dispose()
    {
        Student.Dispose();
        Teacher.Dispose();
    }

    /// <summary>The clips cropped to the shortest of them, or to the longest allowed, each from a place of its own.</summary>
    private static Tensor Crop(IReadOnlyList<float[]> clips, int longest, SplitMix64 random, Device device)
    {
        var samples = Math.Min(longest, clips.Min(c => c.Length));
        var batch = new float[clips.Count * samples];
        for (var i = 0; i < clips.Count; i++)
            clips[i].AsSpan(random.Below(clips[i].Length - samples + 1), samples).CopyTo(batch.AsSpan(i * samples));
        return tensor(batch, [clips.Count, samples], device: device);
    }

    private sealed class Data2Vec2 : PretrainModel
    {
        private readonly Data2Vec2Audio student, teacher;
        private readonly Data2Vec2Pretraining pretraining;
        private readonly MaskOptions masks;
        private readonly int clones;

        internal Data2Vec2(PretrainRecipe recipe)
        {
            var sizes = RecipeParts.Data2Vec2(recipe.Sizes);
            student = new Data2Vec2Audio(sizes, Data2Vec2Role.Student) { Dropout = RecipeParts.Dropout(recipe.Dropout) };
            teacher = new Data2Vec2Audio(sizes, Data2Vec2Role.Teacher);
            Initialisation.ColdStart(student, RandomStreams.Seed("pretrain/weights", recipe.Seed));
            Average = new EmaTeacher(student, teacher);
            pretraining = new Data2Vec2Pretraining(student, teacher, RecipeParts.Objective(recipe.Objective));
            masks = RecipeParts.Masks(recipe.Masks);
            clones = recipe.Objective.Clones;
        }

        public override nn.Module Student => student;

        public override nn.Module Teacher => teacher;

        public override EmaTeacher Average { get; }

        public override PretrainingLosses Forward(IReadOnlyList<float[]> clips, int longest, SplitMix64 random, Device device)
        {
            using var waveforms = Crop(clips, longest, random, device);
            var whole = student.Frames([.. clips.Select(c => (long)c.Length)]);
            var frames = (int)student.Frames([waveforms.shape[1]])[0];
            // Masks are drawn for whole utterances and cropped at a place of their own, as in the reference.
            var mask = FrameMask.Concat([.. whole.Select(n =>
            {
                var drawn = masks.Draw(clones, (int)n, random);
                var start = random.Below((int)n - frames + 1);
                int[] starts = [.. Enumerable.Repeat(start, clones)];
                return drawn.Crop(starts, frames);
            })]);
            // As printed, one row in twenty of two seconds has every frame masked; as many as the first one leaves are encoded of each.
            if (!mask.Row(0).Contains(false)) mask.Flags[random.Below(frames)] = false;
            student.BlockDraw = () => Masks.Unit(random);
            return pretraining.Forward(waveforms, mask);
        }
    }

    private sealed class Data2Vec1 : PretrainModel
    {
        private readonly Data2Vec1Audio student;
        private readonly Data2Vec1Encoder teacher;
        private readonly Data2Vec1Pretraining pretraining;
        private readonly PretrainMasks masks;

        internal Data2Vec1(PretrainRecipe recipe)
        {
            var sizes = RecipeParts.Data2Vec1(recipe.Sizes);
            student = new Data2Vec1Audio(sizes, pretraining: true);
            student.Encoder.Dropout = recipe.Dropout.Encoder;
            student.Encoder.LayerDrop = recipe.Dropout.LayerDrop;
            teacher = new Data2Vec1Encoder(sizes);
            Initialisation.ColdStart(student, RandomStreams.Seed("pretrain/weights", recipe.Seed));
            Average = new EmaTeacher(student.Encoder, teacher, Data2Vec1Pretraining.CopiedToTeacher);
            pretraining = new Data2Vec1Pretraining(student, teacher, RecipeParts.Objective(recipe.Objective));
            masks = recipe.Masks;
        }

        public override nn.Module Student => student;

        public override nn.Module Teacher => teacher;

        public override EmaTeacher Average { get; }

        public override PretrainingLosses Forward(IReadOnlyList<float[]> clips, int longest, SplitMix64 random, Device device)
        {
            using var waveforms = Crop(clips, longest, random, device);
            var frames = (int)student.Frames([waveforms.shape[1]])[0];
            var mask = Masks.Spans(clips.Count, frames, masks.Probability, masks.Length, random);
            student.Encoder.BlockDraw = () => Masks.Unit(random);
            return pretraining.Forward(waveforms, mask);
        }
    }
}

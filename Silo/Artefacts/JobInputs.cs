using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Artefacts;

/// <summary>
/// The files that a job reads. Their hashes are of the files as they lie here: so every fold reads the same features,
/// wherever it runs. Audio is not among them; it never travels.
/// </summary>
internal sealed class JobInputs(JobStore store, HomeFolder home, FileHashes hashes)
{
    /// <exception cref="KeyNotFoundException">No such job.</exception>
    public async Task<IReadOnlyList<JobInput>> Of(string key, string kind)
    {
        var specs = await store.Specs([key]);
        if (!specs.TryGetValue(key, out var text)) throw new KeyNotFoundException($"no job has the key {key}");
        var inputs = new List<JobInput>();
        switch (JobSpec.FromJson(kind, text))
        {
            case FoldSpec fold:
                await Add(ArtefactFiles.Manifests, fold.Manifest);
                await Add(ArtefactFiles.Folds, fold.Folds);
                await Add(ArtefactFiles.Features, fold.Features);
                break;
            case ExtractSpec { With: not null } joined:
                await Add(ArtefactFiles.Manifests, joined.Manifest);
                foreach (var part in joined.Parts) await Add(ArtefactFiles.Features, part.Key());
                break;
            case ExtractSpec extract:
                if (extract.Checkpoint is { } file) await AddModel(file);
                if (extract.Pretrain is { } trained) await Add(ArtefactFiles.Checkpoints, trained);
                break;
            case PretrainSpec pretrain:
                if (pretrain.Checkpoint is { } start) await AddModel(start);
                if (pretrain.Parent is { } parent) await Add(ArtefactFiles.Checkpoints, parent);
                break;
        }
        return inputs;

        async Task Add(string of, string name)
        {
            var known = await hashes.Of(ArtefactFiles.PathOf(home, of, name));
            inputs.Add(new JobInput(of, name, null, known?.Sha256, known?.Bytes ?? 0));
        }

        async Task AddModel(string name)
        {
            foreach (var path in CheckpointLinks.Files(home, name))
            {
                var known = await hashes.Of(path);
                inputs.Add(new JobInput(ArtefactFiles.Models, name, Path.GetFileName(path), known?.Sha256, known?.Bytes ?? 0));
            }
        }
    }
}

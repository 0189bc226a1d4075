namespace Emotion2Vec.Engine.Upstreams;

/// <summary>wav2vec 2.0 (Baevski et al., 2020). Its padding: the frames that the convolutions make of an utterance's own samples are valid.</summary>
public sealed class Wav2Vec2(SpeechTransformerSizes sizes) : SpeechTransformer(sizes, _ => new SelfAttention(sizes.Width, sizes.Heads))
{
    internal static EncoderPlan Plan(ModelShapes shapes)
    {
        var sizes = SpeechTransformerSizes.Of(shapes);
        return sizes.Plan(shapes, () => new Wav2Vec2(sizes));
    }

    private protected override long ValidFrames(long valid, long samples, long frames) => ConvolutionalExtractor.Frames(Sizes.Extractor, valid);
}

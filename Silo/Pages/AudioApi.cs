using System.Buffers.Binary;
using System.Text;
using Emotion2Vec.Corpora.Audio;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Utterances as a browser plays them: 16-bit WAV of the stretch, whatever the file is. Which file it is says the manifest, never the address.</summary>
internal static class AudioApi
{
    private const int HeaderBytes = 44;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/audio/{manifest}/{position:int}", (string manifest, int position, Manifests manifests, HttpResponse response) =>
    {
        var utterances = manifests.Find(manifest).Utterances;
        if (position < 0 || position >= utterances.Length) throw new KeyNotFoundException($"the corpus has no utterance {position}");
        var utterance = utterances[position];
        if (!File.Exists(utterance.Path)) throw new KeyNotFoundException($"the audio of {utterance.Id} is not on this machine any more");
        response.Headers.CacheControl = "private, max-age=3600";
        return TypedResults.Bytes(Wave(AudioFile.ReadNative(utterance.Path, utterance.Start, utterance.End)), "audio/wav", enableRangeProcessing: true);
    }).WithTags("Corpora").WithSummary("An utterance by its position in a manifest, as WAV").Produces(StatusCodes.Status200OK, contentType: "audio/wav");

    private static byte[] Wave(AudioClip clip)
    {
        var bytes = new byte[HeaderBytes + (2 * clip.Samples.Length)];
        var header = bytes.AsSpan();
        Text(0, "RIFF");
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], bytes.Length - 8);
        Text(8, "WAVEfmt ");
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(header[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(header[22..], (short)clip.Channels);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], clip.Rate);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], clip.Rate * clip.Channels * 2);
        BinaryPrimitives.WriteInt16LittleEndian(header[32..], (short)(clip.Channels * 2));
        BinaryPrimitives.WriteInt16LittleEndian(header[34..], 16);
        Text(36, "data");
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], 2 * clip.Samples.Length);
        for (var i = 0; i < clip.Samples.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(HeaderBytes + (2 * i)), (short)Math.Clamp(MathF.Round(32768 * clip.Samples[i]), short.MinValue, short.MaxValue));
        return bytes;

        void Text(int at, string text) => Encoding.ASCII.GetBytes(text, bytes.AsSpan(at));
    }
}

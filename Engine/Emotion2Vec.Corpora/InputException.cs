namespace Emotion2Vec.Corpora;

/// <summary>
/// The input or the usage is wrong. <see cref="Exception.Message"/> is one line for a person: what is wrong and where
/// (file, line, field). The client prints it and exits with 2; the API answers 400 with it. Nothing was changed.
/// </summary>
public sealed class InputException(string message, Exception? inner = null) : Exception(message, inner);

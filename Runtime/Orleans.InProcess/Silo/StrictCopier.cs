namespace Orleans.InProcess;

internal sealed class StrictCopier
{
    public void CopyArguments(GrainMethod method, object?[] arguments, InProcessSilo silo) { }
    public object? CopyResult(GrainMethod method, Type type, object? result) => result;
    public Exception CopyError(Exception error) => error;
}

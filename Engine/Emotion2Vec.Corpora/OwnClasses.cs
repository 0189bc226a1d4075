using System.Collections.Immutable;

namespace Emotion2Vec.Corpora;

/// <summary>What is added by adding a class: no list names it. Which classes there are the program alone decides, never anything that it reads.</summary>
public static class OwnClasses
{
    /// <summary>One object of each class that is a <typeparamref name="T"/> and stands in its assembly, in no order; each is made without arguments.</summary>
    public static ImmutableArray<T> Of<T>() =>
        [.. typeof(T).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(T))).Select(type => (T)Activator.CreateInstance(type)!)];
}

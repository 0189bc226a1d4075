using System.Collections.Immutable;
using System.Reflection;
using Emotion2Vec.Grains.Jobs;
using Orleans;

namespace Emotion2Vec.Grains.Tests;

/// <summary>What crosses a grain border may cross a network: plain values and immutable records that can be serialized.</summary>
public sealed class GrainContractTests
{
    private static readonly Assembly Grains = typeof(IJobGrain).Assembly;

    public static TheoryData<Type> GrainInterfaces => [.. Grains.GetTypes().Where(t => t.IsInterface && t.IsAssignableTo(typeof(IGrainWithStringKey)))];

    public static TheoryData<Type> Messages => [.. Grains.GetTypes().Where(t => t.IsDefined(typeof(GenerateSerializerAttribute)))];

    [Theory]
    [MemberData(nameof(GrainInterfaces))]
    public void Grain_methods_take_and_give_only_what_can_travel(Type grain)
    {
        foreach (var method in grain.GetMethods())
        {
            foreach (var parameter in method.GetParameters()) Assert.True(Travels(parameter.ParameterType), $"{grain.Name}.{method.Name}({parameter.Name})");
            Assert.True(method.ReturnType == typeof(Task) || Travels(method.ReturnType.GetGenericArguments().Single()), $"{grain.Name}.{method.Name}");
        }
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Messages_are_immutable_records_with_an_alias_and_numbered_members(Type message)
    {
        Assert.True(message.IsSealed);
        Assert.NotNull(message.GetCustomAttribute<AliasAttribute>());
        var members = message.GetProperties(BindingFlags.Public | BindingFlags.Instance);
        Assert.All(members, m => Assert.True(Travels(m.PropertyType), $"{message.Name}.{m.Name}"));
        Assert.All(members, m => Assert.True(m.SetMethod is null || m.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Length > 0, $"{message.Name}.{m.Name} can be changed"));
        var ids = members.Select(m => m.GetCustomAttribute<IdAttribute>()?.Id).ToList();
        Assert.DoesNotContain(null, ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    private static bool Travels(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Travels(inner);
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(CancellationToken)) return true;
        if (type.IsArray) return Travels(type.GetElementType()!);
        if (type.IsGenericType && type.Namespace == typeof(ImmutableArray).Namespace) return type.GetGenericArguments().All(Travels);
        return type.Assembly == Grains && type.IsDefined(typeof(GenerateSerializerAttribute));
    }
}

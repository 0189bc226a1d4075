using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>Dependencies between rooms point one way, and grains never block; read from the built assemblies.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => (int)(ushort)code.Value);

    private static readonly string[] Torch = ["TorchSharp", "libtorch"];
    private static readonly string[] Web = ["Microsoft.AspNetCore", "Microsoft.Extensions.Hosting"];
    private static readonly string[] Databases = ["Microsoft.EntityFrameworkCore", "Microsoft.Data.Sqlite", "SQLitePCLRaw", "Npgsql"];

    [Fact]
    public void Corpora_know_no_other_room() =>
        AssertNone("Emotion2Vec.Corpora", [.. Torch, .. Web, .. Databases, "Orleans", "Emotion2Vec."]);

    [Fact]
    public void The_engine_knows_no_grain_no_database_and_no_web() =>
        AssertNone("Emotion2Vec.Engine", [.. Web, .. Databases, "Orleans", "Emotion2Vec.Grains", "Emotion2Vec.Silo", "e2v"]);

    [Fact]
    public void Grains_know_no_tensor_no_web_server_and_no_host() =>
        AssertNone("Emotion2Vec.Grains", [.. Torch, "Microsoft.AspNetCore", "Emotion2Vec.Engine", "Emotion2Vec.Silo", "e2v"]);

    [Fact]
    public void The_silo_does_not_know_the_client_and_touches_no_tensor() =>
        AssertNone("Emotion2Vec.Silo", [.. Torch, "e2v"]);

    [Fact]
    public void The_client_touches_neither_tensors_nor_the_store() => AssertNone("e2v", [.. Torch, .. Databases]);

    [Fact]
    public void The_stand_ins_know_nothing_of_the_project()
    {
        foreach (var assembly in (string[])["Orleans.InProcess", "TorchSharp.System"])
            if (File.Exists(PathOf(assembly))) AssertNone(assembly, ["Emotion2Vec.", "e2v"]);
    }

    [Fact]
    public void Grains_never_block_and_stay_on_their_scheduler() =>
        Assert.Empty(BlockingCalls(PathOf("Emotion2Vec.Grains")));

    [Fact]
    public void The_search_for_blocking_calls_finds_them()
    {
        var found = BlockingCalls(typeof(Blocking).Assembly.Location);
        Assert.Contains("Task`1.get_Result", found);
        Assert.Contains("Task.Wait", found);
        Assert.Contains("Task.ConfigureAwait", found);
        Assert.Contains("TaskAwaiter.GetResult in " + nameof(Blocking.AwaiterResult), found);
    }

    private static string PathOf(string assembly) => Path.Combine(E2v.Folder, assembly + ".dll");

    private static void AssertNone(string assembly, string[] forbidden)
    {
        using var file = new PEReader(File.OpenRead(PathOf(assembly)));
        var metadata = file.GetMetadataReader();
        var referenced = metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name)).ToArray();
        Assert.NotEmpty(referenced);
        Assert.DoesNotContain(referenced, name => forbidden.Any(f => name.StartsWith(f, StringComparison.Ordinal)));
    }

    /// <summary>
    /// Members that block a thread or leave the grain's scheduler. <c>await</c> itself compiles to awaiters in
    /// <c>MoveNext</c>; an awaiter's <c>GetResult</c> anywhere else is a person's.
    /// </summary>
    private static ImmutableSortedSet<string> BlockingCalls(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        var found = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            var (type, name) = (TypeName(metadata, member.Parent), metadata.GetString(member.Name));
            if (type is "Task" or "Task`1" or "ValueTask" or "ValueTask`1" && name is "get_Result" or "Wait" or "ConfigureAwait" or "WaitAll" or "WaitAny")
                found.Add($"{type}.{name}");
        }
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            var name = metadata.GetString(method.Name);
            if (name == "MoveNext" || method.RelativeVirtualAddress == 0) continue;
            var body = file.GetMethodBody(method.RelativeVirtualAddress).GetILReader();
            foreach (var token in CalledMembers(body))
            {
                var called = metadata.GetMemberReference(token);
                if (metadata.GetString(called.Name) == "GetResult" && TypeName(metadata, called.Parent).Contains("Awaiter")) found.Add($"TaskAwaiter.GetResult in {name}");
            }
        }
        return found.ToImmutable();
    }

    /// <summary>Members of other assemblies that a method body calls.</summary>
    private static IEnumerable<MemberReferenceHandle> CalledMembers(BlobReader body)
    {
        var handles = new List<MemberReferenceHandle>();
        while (body.RemainingBytes > 0)
        {
            int value = body.ReadByte();
            if (value == 0xFE) value = 0xFE00 | body.ReadByte();
            var code = Codes[value];
            if (code.OperandType == OperandType.InlineMethod)
            {
                var handle = MetadataTokens.EntityHandle(body.ReadInt32());
                if (handle.Kind == HandleKind.MemberReference) handles.Add((MemberReferenceHandle)handle);
                continue;
            }
            var operand = code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 * body.ReadInt32(),
                _ => 4,
            };
            body.Offset += operand;
        }
        return handles;
    }

    private static string TypeName(MetadataReader metadata, EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeReference => metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)handle).Name),
        HandleKind.TypeSpecification => GenericTypeName(metadata, metadata.GetTypeSpecification((TypeSpecificationHandle)handle)),
        _ => "",
    };

    /// <summary>The open type of a generic instance: ECMA-335 II.23.2.12, GENERICINST (CLASS | VALUETYPE) TypeDefOrRef …</summary>
    private static string GenericTypeName(MetadataReader metadata, TypeSpecification type)
    {
        var signature = metadata.GetBlobReader(type.Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance) return "";
        signature.ReadByte();
        var open = signature.ReadTypeHandle();
        return open.Kind == HandleKind.TypeReference ? TypeName(metadata, open) : "";
    }

    /// <summary>What the search must find; never called.</summary>
    private static class Blocking
    {
        public static int Result(Task<int> task) => task.Result;
        public static void Wait(Task task) => task.Wait();
        public static async Task Configure(Task task) => await task.ConfigureAwait(false);
        public static void AwaiterResult(Task task) => task.GetAwaiter().GetResult();
    }
}

using Emotion2Vec.Corpora;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace Emotion2Vec.Silo;

/// <summary>Grains in this process: all that differs from a build with the Orleans packages, which has GrainHosting.Cluster.cs in place of this file.</summary>
internal static class GrainHosting
{
    /// <exception cref="InputException">A cluster is asked for.</exception>
    public static Task Check(SiloOptions options) => options.Cluster is null ? Task.CompletedTask : throw new InputException(
        "--cluster: needs a build with the Orleans packages: 'UseOrleansPackages=true ./e2v silo --cluster …' makes one (docs/CLUSTER.md)");

    /// <summary>Puts the grain runtime into the host.</summary>
    public static void UseGrains(this IHostApplicationBuilder builder, SiloOptions options) => builder.UseOrleans(silo => silo.UseLocalhostClustering());
}

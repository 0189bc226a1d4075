using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace Emotion2Vec.Silo;

/// <summary>All that differs between grains in this process and grains in a cluster.</summary>
internal static class GrainHosting
{
    /// <summary>Puts the grain runtime into the host.</summary>
    public static void UseGrains(this IHostApplicationBuilder builder) => builder.UseOrleans(silo => silo.UseLocalhostClustering());
}

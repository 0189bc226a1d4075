using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo.Workers;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v worker</c>: one slot's worker process; silos start it, people do not.</summary>
internal static class WorkerVerb
{
    public const string Name = "worker";

    public static Command Create()
    {
        var slot = new Option<string>("--slot") { Required = true };
        var heartbeat = new Option<double>("--heartbeat") { DefaultValueFactory = _ => 2 };
        var device = new Option<string>("--device") { DefaultValueFactory = _ => JobNeeds.Cpu };
        var memory = new Option<long?>("--memory");
        var joined = new Option<bool>("--joined");
        var command = new Command(Name, "Work for one slot of a silo") { slot, heartbeat, device, memory, joined };
        command.Hidden = true;
        command.SetAction((parse, ct) => Worker.RunAsync(
            parse.GetRequiredValue(CommonOptions.Silo)!, parse.GetRequiredValue(slot), parse.GetRequiredValue(CommonOptions.Home)!,
            parse.GetRequiredValue(device), parse.GetValue(memory), parse.GetValue(joined), TimeSpan.FromSeconds(parse.GetValue(heartbeat)), ct));
        return command;
    }
}

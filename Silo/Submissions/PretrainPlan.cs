using System.Globalization;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Silo.Submissions;

/// <summary>What a plan says of pre-trainings, which are few and long.</summary>
internal static class PretrainPlan
{
    /// <summary>Estimated seconds of a job on one core; null for other kinds.</summary>
    public static double? Seconds(NewJob job) => job.Kind == PretrainSpec.Name ? PretrainCost.Seconds(Spec(job).Training) : null;

    /// <summary>One line per job.</summary>
    /// <param name="hoursOf">Hours of speech of a corpus: as scanned, else as declared.</param>
    public static IEnumerable<PlannedGroup> Groups(IEnumerable<NewJob> jobs, IReadOnlyDictionary<string, JobState> states, Grid grid, Func<ModelCorpus, double> hoursOf)
    {
        foreach (var job in jobs.Where(j => j.Kind == PretrainSpec.Name))
        {
            var spec = Spec(job);
            var name = job.Title.Split(" · ")[0];
            var hours = grid.Models.OfType<TrainedModel>().Single(m => m.Name == name).Corpora.Sum(hoursOf);
            var (recipe, batches) = (spec.Training, spec.Training.Batches);
            var note = recipe.Updates == 0 ? "initial weights" : string.Create(CultureInfo.InvariantCulture,
                $"{recipe.Updates:N0} updates of {batches.Accumulate} × {batches.Samples / 16_000.0:0.#} s: {PretrainCost.Epochs(recipe, hours):0} epochs of {Span(hours, "0.#")}, about {Span(PretrainCost.Seconds(recipe) / 3600, "N1")} on one core");
            yield return new PlannedGroup(job.Kind, string.Join(" + ", spec.Corpora.Select(c => c.Corpus)), name, null, null, 1, states.GetValueOrDefault(job.Key) == JobState.Succeeded ? 1 : 0, note);
        }
    }

    // Long ones in the unit in which corpora are measured, short ones so that they are not nothing.
    private static string Span(double hours, string format) =>
        hours >= 1 ? hours.ToString(format, CultureInfo.InvariantCulture) + " h" : hours * 3600 is > 0 and < 1 ? "less than 1 s" : Say.Duration(hours * 3600);

    private static PretrainSpec Spec(NewJob job) => (PretrainSpec)JobSpec.FromJson(job.Kind, job.Spec);
}

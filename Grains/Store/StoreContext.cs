using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Store;

/// <summary>The tables as EF Core sees them. The schema itself is made by the numbered scripts in <c>Schema/</c>; a test holds the two together.</summary>
public sealed class StoreContext(DbContextOptions<StoreContext> options) : DbContext(options)
{
    public DbSet<ExperimentRow> Experiments => Set<ExperimentRow>();
    public DbSet<JobRow> Jobs => Set<JobRow>();
    public DbSet<NeedsRow> Needs => Set<NeedsRow>();
    public DbSet<JobDependencyRow> JobDependencies => Set<JobDependencyRow>();
    public DbSet<ExperimentJobRow> ExperimentJobs => Set<ExperimentJobRow>();
    public DbSet<AttemptRow> Attempts => Set<AttemptRow>();
    public DbSet<ResultRow> Results => Set<ResultRow>();
    public DbSet<DatasetRow> Datasets => Set<DatasetRow>();
    public DbSet<FoldSetRow> FoldSets => Set<FoldSetRow>();
    public DbSet<RowStatisticsRow> RowStatistics => Set<RowStatisticsRow>();
    public DbSet<CellRow> Cells => Set<CellRow>();
    public DbSet<TallyRow> Tallies => Set<TallyRow>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<ExperimentRow>().ToTable("experiments").HasKey(e => e.Id);
        model.Entity<JobRow>(job =>
        {
            job.ToTable("jobs").HasKey(j => j.Id);
            job.HasIndex(j => j.Key).IsUnique();
            job.HasIndex(j => new { j.State, j.Needs, j.Id });
            job.Property(j => j.State).HasConversion<string>();
        });
        model.Entity<NeedsRow>(needs =>
        {
            needs.ToTable("needs").HasKey(n => n.Id);
            needs.HasIndex(n => n.Needs).IsUnique();
        });
        model.Entity<JobDependencyRow>().ToTable("job_dependencies").HasKey(d => new { d.JobId, d.DependsOn });
        model.Entity<ExperimentJobRow>().ToTable("experiment_jobs").HasKey(e => new { e.ExperimentId, e.JobId });
        model.Entity<AttemptRow>(attempt =>
        {
            attempt.ToTable("attempts").HasKey(a => new { a.JobId, a.Number });
            attempt.Property(a => a.State).HasConversion<string>();
        });
        model.Entity<ResultRow>(result =>
        {
            result.ToTable("results").HasKey(r => r.JobId);
            result.Property(r => r.JobId).ValueGeneratedNever();
            result.HasIndex(r => r.JobKey).IsUnique();
        });
        model.Entity<DatasetRow>().ToTable("datasets").HasKey(d => d.Manifest);
        model.Entity<FoldSetRow>().ToTable("fold_sets").HasKey(f => f.Hash);
        model.Entity<RowStatisticsRow>().ToTable("row_statistics").HasKey(s => s.Results);
        model.Entity<CellRow>(cell =>
        {
            cell.ToTable("cells").HasKey(c => c.Id);
            cell.HasIndex(c => new { c.Kind, c.Corpus, c.Protocol, c.Upstream, c.Head }).IsUnique();
        });
        model.Entity<TallyRow>(tally =>
        {
            tally.ToTable("tallies").HasKey(t => new { t.ExperimentId, t.CellId, t.Fold, t.State });
            tally.Property(t => t.State).HasConversion<string>();
        });

        foreach (var property in model.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
            property.SetColumnName(SnakeCase(property.Name));
    }

    // MacroF1 → macro_f1, JobId → job_id, Wf1 → wf1.
    private static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? "_" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}

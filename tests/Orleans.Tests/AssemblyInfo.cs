// Silos of the real packages listen on fixed ports, so tests run one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

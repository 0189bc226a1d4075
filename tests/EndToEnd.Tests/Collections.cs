// Each of these tests runs worker processes on all cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

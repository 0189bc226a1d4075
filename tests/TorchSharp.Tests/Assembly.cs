// Some tests look at the memory, the threads and the default generator of the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

using Emotion2Vec.Client.CommandLine;

return await Cli.RunAsync(args);

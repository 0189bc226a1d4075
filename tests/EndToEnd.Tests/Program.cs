using Emotion2Vec.EndToEnd.Tests.Chaos;

// The test runner loads this assembly and does not come here; the chaos suite starts it as its silo.
if (args is [ChaosSilo.Name, .. var rest]) return await ChaosSilo.Live(rest);
Console.Error.WriteLine("tests are run by 'dotnet test'");
return 2;

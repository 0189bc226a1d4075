using Emotion2Vec.Grains.Tests.Store;

// The test runner loads this assembly and does not come here; tests start it as the process that they kill.
if (args is [KilledRecorder.Name, .. var rest]) return await KilledRecorder.Live(rest);
if (args is [KilledMember.Name, .. var member]) return await KilledMember.Live(member);
Console.Error.WriteLine("tests are run by 'dotnet test'");
return 2;

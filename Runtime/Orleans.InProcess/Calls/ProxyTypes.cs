using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace System.Runtime.CompilerServices
{
    /// <summary>The runtime honours this name: an assembly that carries it sees the internals of the named one.</summary>
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }
}

namespace Orleans.InProcess
{
    using ProxyConstructor = Func<InProcessSilo, GrainClass, GrainId, GrainReference>;

    /// <summary>Makes one class per grain interface that turns each method into a call of <see cref="GrainReference"/>.</summary>
    internal static class ProxyTypes
    {
        private static readonly ConcurrentDictionary<Type, Lazy<(ProxyConstructor Create, GrainMethod[] Methods)>> Cache = new();

        public static ProxyConstructor Constructor(Type grainInterface) => Get(grainInterface).Create;

        /// <summary>All methods of the interface and those it inherits; throws where one cannot be called remotely.</summary>
        public static GrainMethod[] Methods(Type grainInterface) => Get(grainInterface).Methods;

        private static (ProxyConstructor Create, GrainMethod[] Methods) Get(Type grainInterface) =>
            Cache.GetOrAdd(grainInterface, static type => new(() => Build(type))).Value;

        private static (ProxyConstructor, GrainMethod[]) Build(Type grainInterface)
        {
            if (!grainInterface.IsInterface || grainInterface.ContainsGenericParameters || !grainInterface.IsAssignableTo(typeof(IAddressable)))
                throw new ArgumentException($"{grainInterface} is not a grain interface.");
            GrainMethod[] methods = [.. grainInterface.GetInterfaces().Prepend(grainInterface)
                .SelectMany(i => i.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                .Select(m => new GrainMethod(m))];

            var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName($"GrainReferences.{grainInterface.Name}"), AssemblyBuilderAccess.Run);
            var ignoresAccessChecks = typeof(IgnoresAccessChecksToAttribute).GetConstructors()[0];
            foreach (var name in methods.SelectMany(m => m.Parameters.Append(m.ResultType ?? typeof(void)))
                .Append(grainInterface).Append(typeof(GrainReference))
                .SelectMany(Parts).Select(t => t.Assembly.GetName().Name!).Distinct())
                assembly.SetCustomAttribute(new CustomAttributeBuilder(ignoresAccessChecks, [name]));

            var type = assembly.DefineDynamicModule("Main").DefineType(
                $"{grainInterface.FullName}Reference", TypeAttributes.Public | TypeAttributes.Sealed, typeof(GrainReference), [grainInterface]);
            var table = type.DefineField("Methods", typeof(GrainMethod[]), FieldAttributes.Public | FieldAttributes.Static);
            DefineConstructor(type);
            DefineInterfaceName(type, grainInterface);
            for (var i = 0; i < methods.Length; i++)
                DefineMethod(type, table, i, methods[i]);

            var created = type.CreateType();
            created.GetField(table.Name)!.SetValue(null, methods);
            return (Compile(created), methods);
        }

        private static IEnumerable<Type> Parts(Type type) =>
            type.HasElementType ? Parts(type.GetElementType()!) : type.GetGenericArguments().SelectMany(Parts).Append(type);

        private static Type[] ConstructorTypes => [typeof(InProcessSilo), typeof(GrainClass), typeof(GrainId)];

        private static ConstructorInfo BaseConstructor =>
            typeof(GrainReference).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, ConstructorTypes)!;

        private static void DefineConstructor(TypeBuilder type)
        {
            var il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, ConstructorTypes).GetILGenerator();
            for (var i = 0; i <= ConstructorTypes.Length; i++)
                il.Emit(OpCodes.Ldarg, i);
            il.Emit(OpCodes.Call, BaseConstructor);
            il.Emit(OpCodes.Ret);
        }

        private static void DefineInterfaceName(TypeBuilder type, Type grainInterface)
        {
            var getter = typeof(GrainReference).GetProperty(nameof(GrainReference.InterfaceName))!.GetMethod!;
            var method = type.DefineMethod(getter.Name, MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.HideBySig, typeof(string), []);
            var il = method.GetILGenerator();
            il.Emit(OpCodes.Ldstr, grainInterface.FullName ?? grainInterface.Name);
            il.Emit(OpCodes.Ret);
            type.DefineMethodOverride(method, getter);
        }

        private static void DefineMethod(TypeBuilder type, FieldInfo table, int index, GrainMethod grainMethod)
        {
            var method = type.DefineMethod(
                $"{grainMethod.Method.DeclaringType!.FullName}.{grainMethod.Method.Name}",
                MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
                grainMethod.Method.ReturnType,
                grainMethod.Parameters);
            var il = method.GetILGenerator();
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldsfld, table);
            il.Emit(OpCodes.Ldc_I4, index);
            il.Emit(OpCodes.Ldelem_Ref);
            il.Emit(OpCodes.Ldc_I4, grainMethod.Parameters.Length);
            il.Emit(OpCodes.Newarr, typeof(object));
            for (var i = 0; i < grainMethod.Parameters.Length; i++)
            {
                il.Emit(OpCodes.Dup);
                il.Emit(OpCodes.Ldc_I4, i);
                il.Emit(OpCodes.Ldarg, i + 1);
                il.Emit(OpCodes.Box, grainMethod.Parameters[i]);
                il.Emit(OpCodes.Stelem_Ref);
            }

            var target = typeof(GrainReference).GetMethod($"Call{grainMethod.Shape}", BindingFlags.Instance | BindingFlags.NonPublic)!;
            il.Emit(OpCodes.Call, target.IsGenericMethodDefinition ? target.MakeGenericMethod(grainMethod.ResultType!) : target);
            il.Emit(OpCodes.Ret);
            type.DefineMethodOverride(method, grainMethod.Method);
        }

        private static ProxyConstructor Compile(Type proxy)
        {
            ParameterExpression[] parameters = [.. ConstructorTypes.Select(t => Expression.Parameter(t))];
            return Expression.Lambda<ProxyConstructor>(Expression.New(proxy.GetConstructor(ConstructorTypes)!, parameters), parameters).Compile();
        }
    }
}

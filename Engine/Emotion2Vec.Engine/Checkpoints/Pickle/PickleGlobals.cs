using System.Collections.Frozen;

namespace Emotion2Vec.Engine.Checkpoints.Pickle;

/// <summary>What calling an allowed name means here.</summary>
internal enum GlobalKind
{
    /// <summary>A class whose objects are kept as data: constructor arguments and state.</summary>
    Data,
    Dict,
    DefaultDict,
    List,
    Tuple,

    /// <summary><c>int(x)</c> and the like: x itself.</summary>
    Same,

    /// <summary><c>_codecs.encode(text, "latin1")</c>, the way protocol 2 stores bytes.</summary>
    Latin1Bytes,
    NumpyScalar,
    Tensor,
    TensorWithType,
    Parameter,
    StorageType,
    ElementType,
}

/// <summary>
/// The names a checkpoint may refer to. All of them are data: containers, torch's ways to describe tensors, numpy scalars,
/// and the settings objects that fairseq and OmegaConf store. Any other name is refused before anything is made of it.
/// </summary>
internal static class PickleGlobals
{
    private static readonly FrozenDictionary<string, GlobalKind> Allowed = Build().ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Null where the name is not allowed.</summary>
    public static PickleGlobal? Find(string module, string name) =>
        Allowed.TryGetValue($"{module}.{name}", out var kind) ? new PickleGlobal(module, name, kind) : null;

    /// <summary>The element type of a torch storage class or dtype; null for others.</summary>
    public static ElementType? Type(PickleGlobal global)
    {
        foreach (var row in ElementTypes.All)
        {
            if (global.Kind == GlobalKind.StorageType ? row.Storage == global.Name : row.Torch == DType(global.Name)) return row.Type;
        }
        return null;
    }

    private static string DType(string name) => name switch
    {
        "float" => "float32",
        "double" => "float64",
        "half" => "float16",
        "long" => "int64",
        "int" => "int32",
        "short" => "int16",
        _ => name,
    };

    private static Dictionary<string, GlobalKind> Build()
    {
        var all = new Dictionary<string, GlobalKind>(StringComparer.Ordinal);
        void Add(GlobalKind kind, string module, params string[] names)
        {
            foreach (var name in names) all.Add($"{module}.{name}", kind);
        }

        foreach (var builtins in (string[])["builtins", "__builtin__"])
        {
            Add(GlobalKind.Dict, builtins, "dict");
            Add(GlobalKind.List, builtins, "list", "set", "frozenset");
            Add(GlobalKind.Tuple, builtins, "tuple");
            Add(GlobalKind.Same, builtins, "int", "long", "float", "bool", "str", "unicode", "bytes");
            Add(GlobalKind.Data, builtins, "complex", "object", "slice");
        }
        Add(GlobalKind.Dict, "collections", "OrderedDict", "Counter");
        Add(GlobalKind.DefaultDict, "collections", "defaultdict");
        Add(GlobalKind.Latin1Bytes, "_codecs", "encode");
        Add(GlobalKind.Data, "argparse", "Namespace");
        Add(GlobalKind.Data, "types", "SimpleNamespace");
        Add(GlobalKind.Data, "datetime", "date", "datetime", "time", "timedelta");
        Add(GlobalKind.Data, "pathlib", "Path", "PosixPath", "PurePosixPath");
        Add(GlobalKind.Data, "typing", "Any", "Dict", "List", "Optional", "Tuple", "Union");

        Add(GlobalKind.Tensor, "torch._utils", "_rebuild_tensor", "_rebuild_tensor_v2");
        Add(GlobalKind.TensorWithType, "torch._utils", "_rebuild_tensor_v3");
        Add(GlobalKind.Parameter, "torch._utils", "_rebuild_parameter", "_rebuild_parameter_with_state");
        Add(GlobalKind.Tuple, "torch", "Size");
        Add(GlobalKind.Data, "torch", "device");
        Add(GlobalKind.StorageType, "torch.storage", "UntypedStorage");
        Add(GlobalKind.StorageType, "torch", "UntypedStorage");
        foreach (var row in ElementTypes.All)
        {
            Add(GlobalKind.StorageType, "torch", row.Storage);
            Add(GlobalKind.StorageType, "torch.cuda", row.Storage);
            Add(GlobalKind.ElementType, "torch", row.Torch);
        }
        Add(GlobalKind.ElementType, "torch", "float", "double", "half", "long", "int", "short");

        foreach (var core in (string[])["numpy.core.multiarray", "numpy._core.multiarray"])
        {
            Add(GlobalKind.NumpyScalar, core, "scalar");
            Add(GlobalKind.Data, core, "_reconstruct");
        }
        Add(GlobalKind.Data, "numpy", "dtype", "ndarray");

        Add(GlobalKind.Data, "omegaconf.dictconfig", "DictConfig");
        Add(GlobalKind.Data, "omegaconf.listconfig", "ListConfig");
        Add(GlobalKind.Data, "omegaconf.base", "Metadata", "ContainerMetadata", "Node", "SCMode");
        Add(GlobalKind.Data, "omegaconf.nodes", "AnyNode", "StringNode", "IntegerNode", "FloatNode", "BooleanNode", "BytesNode", "PathNode", "EnumNode");

        // OmegaConf notes which settings class a node was made from, and fairseq's settings hold members of its enums.
        Add(GlobalKind.Data, "fairseq.dataclass.configs", "FairseqDataclass", "FairseqConfig", "CommonConfig", "CommonEvalConfig",
            "DistributedTrainingConfig", "DatasetConfig", "OptimizationConfig", "CheckpointConfig", "FairseqBMUFConfig",
            "GenerationConfig", "EvalLMConfig", "InteractiveConfig", "EMAConfig");
        Add(GlobalKind.Data, "fairseq.dataclass.constants", "StrEnum", "ChoiceEnum", "Choices", "LOG_FORMAT_CHOICES", "DDP_BACKEND_CHOICES",
            "DDP_COMM_HOOK_CHOICES", "DATASET_IMPL_CHOICES", "GENERATION_CONSTRAINTS_CHOICES", "GENERATION_DECODING_FORMAT_CHOICES",
            "ZERO_SHARDING_CHOICES", "PIPELINE_CHECKPOINT_CHOICES", "PRINT_ALIGNMENT_CHOICES", "CLIP_GRAD_NORM_TYPE_CHOICES");
        Add(GlobalKind.Data, "fairseq.models.wav2vec.wav2vec2", "Wav2Vec2Config");
        Add(GlobalKind.Data, "fairseq.models.wav2vec.wav2vec", "Wav2VecConfig");
        Add(GlobalKind.Data, "fairseq.models.hubert.hubert", "HubertConfig");
        Add(GlobalKind.Data, "fairseq.tasks.audio_pretraining", "AudioPretrainingConfig", "InferredW2vConfig");
        Add(GlobalKind.Data, "fairseq.tasks.hubert_pretraining", "HubertPretrainingConfig");
        Add(GlobalKind.Data, "fairseq.criterions.wav2vec_criterion", "Wav2VecCriterionConfig");
        Add(GlobalKind.Data, "fairseq.criterions.model_criterion", "ModelCriterionConfig");
        Add(GlobalKind.Data, "fairseq.optim.adam", "FairseqAdamConfig");
        Add(GlobalKind.Data, "fairseq.optim.lr_scheduler.cosine_lr_scheduler", "CosineLRScheduleConfig");
        Add(GlobalKind.Data, "fairseq.optim.lr_scheduler.polynomial_decay_schedule", "PolynomialDecayLRScheduleConfig");
        Add(GlobalKind.Data, "fairseq.optim.lr_scheduler.tri_stage_lr_scheduler", "TriStageLRScheduleConfig");
        return all;
    }
}

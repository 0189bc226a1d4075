// Calls any ATen operator through the boxed dispatcher, and the few things of libtorch that are no operators
// (backward, grad mode, generators, data pointers). A tensor crosses as its TensorImpl pointer with one reference
// owned by the caller. Every entry returns 0, or 1 with the reason in ts_error(); no exception leaves this file.

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include <cstring>
#include <string>
#include <vector>

#define TS_API extern "C" __attribute__((visibility("default")))

namespace {

// The order is that of Native/Value.cs.
enum Tag : int32_t {
    None, Tensor, Int, Double, Bool, IntList, DoubleList, TensorList, OptionalTensorList, String, Device, Generator,
    Complex, BoolList
};

struct Value {
    int32_t tag;
    int32_t count;  // elements of a list, bytes of a string, index of a device
    union {
        int64_t i;
        double d;
        void* p;
    };
    double imaginary;
};

struct Info {
    const int64_t* sizes;
    const int64_t* strides;
    int64_t dim;
    int64_t numel;
    int32_t dtype;
    int32_t item_size;
    int32_t device_type;
    int32_t device_index;
    int32_t flags;  // 1 requires_grad, 2 is_leaf, 4 is_contiguous, 8 is_inference, 16 is_sparse
};

struct Operator {
    c10::OperatorHandle handle;
    std::vector<c10::IValue> defaults;  // of every argument; None where the schema has none
    std::vector<bool> has_default;
    std::string name;
};

thread_local std::string error_text;

template <class F>
int guarded(F&& body) noexcept {
    try {
        body();
        return 0;
    } catch (const c10::Error& e) {
        try { error_text = e.what_without_backtrace(); } catch (...) { error_text.clear(); }
    } catch (const std::exception& e) {
        try { error_text = e.what(); } catch (...) { error_text.clear(); }
    } catch (...) {
        error_text.clear();
    }
    return 1;
}

using Impl = c10::TensorImpl;

// c10::optional or std::optional, whichever this libtorch uses.
using OptionalTensor = decltype(std::declval<c10::IValue>().toOptional<at::Tensor>());

at::Tensor borrow(void* handle) {
    if (handle == nullptr) return at::Tensor();
    return at::Tensor(c10::intrusive_ptr<Impl, c10::UndefinedTensorImpl>::unsafe_reclaim_from_nonowning(
        static_cast<Impl*>(handle)));
}

void* release(at::Tensor tensor) {
    return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

std::vector<at::Tensor> borrow_all(void* const* handles, int32_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int32_t i = 0; i < count; ++i) tensors.push_back(borrow(handles[i]));
    return tensors;
}

// A fresh thread takes torch's thread count at its first operator, also where that operator is BLAS alone.
void enter_thread() {
    thread_local bool ready = false;
    if (!ready) {
        at::init_num_threads();
        ready = true;
    }
}

c10::IValue to_ivalue(const Value& v) {
    switch (v.tag) {
        case None: return {};
        case Tensor: return borrow(v.p);
        case Int: return v.i;
        case Double: return v.d;
        case Bool: return v.i != 0;
        case Complex: return c10::complex<double>(v.d, v.imaginary);
        case IntList: {
            auto items = static_cast<const int64_t*>(v.p);
            return c10::IValue(at::IntArrayRef(items, v.count));
        }
        case DoubleList: {
            auto items = static_cast<const double*>(v.p);
            return c10::IValue(at::ArrayRef<double>(items, v.count));
        }
        case BoolList: {
            c10::List<bool> items;
            for (int32_t i = 0; i < v.count; ++i) items.push_back(static_cast<const int64_t*>(v.p)[i] != 0);
            return items;
        }
        case TensorList: {
            c10::List<at::Tensor> items;
            items.reserve(v.count);
            for (int32_t i = 0; i < v.count; ++i) items.push_back(borrow(static_cast<void* const*>(v.p)[i]));
            return items;
        }
        case OptionalTensorList: {
            c10::List<OptionalTensor> items;
            items.reserve(v.count);
            for (int32_t i = 0; i < v.count; ++i) {
                void* handle = static_cast<void* const*>(v.p)[i];
                items.push_back(handle ? OptionalTensor(borrow(handle)) : OptionalTensor());
            }
            return items;
        }
        case String: return std::string(static_cast<const char*>(v.p), v.count);
        case Device: return c10::Device(static_cast<c10::DeviceType>(v.i), static_cast<c10::DeviceIndex>(v.count));
        case Generator: return *static_cast<at::Generator*>(v.p);
    }
    TORCH_CHECK(false, "unknown argument tag ", v.tag);
}

void from_ivalue(c10::IValue& value, Value& out) {
    if (value.isTensor()) {
        out.tag = Tensor;
        out.p = release(std::move(value).toTensor());
    } else if (value.isTensorList()) {
        auto items = value.toTensorVector();
        auto handles = static_cast<void**>(std::malloc(sizeof(void*) * std::max<size_t>(items.size(), 1)));
        if (!handles) throw std::bad_alloc();
        for (size_t i = 0; i < items.size(); ++i) handles[i] = release(std::move(items[i]));
        out.tag = TensorList;
        out.count = static_cast<int32_t>(items.size());
        out.p = handles;
    } else if (value.isInt()) {
        out.tag = Int;
        out.i = value.toInt();
    } else if (value.isDouble()) {
        out.tag = Double;
        out.d = value.toDouble();
    } else if (value.isBool()) {
        out.tag = Bool;
        out.i = value.toBool();
    } else if (value.isComplexDouble()) {
        out.tag = Complex;
        out.d = value.toComplexDouble().real();
        out.imaginary = value.toComplexDouble().imag();
    } else if (value.isNone()) {
        out.tag = None;
    } else {
        TORCH_CHECK(false, "a result of type ", value.tagKind(), " is not supported");
    }
}

}  // namespace

TS_API const char* ts_error() { return error_text.c_str(); }

TS_API void ts_free(void* memory) { std::free(memory); }

// ---- Operators

TS_API int ts_find(const char* name, const char* overload, void** op) {
    return guarded([&] {
        auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
        auto result = new Operator{handle, {}, {}, name};
        for (auto& argument : handle.schema().arguments()) {
            result->has_default.push_back(argument.default_value().has_value());
            result->defaults.push_back(argument.default_value().value_or(c10::IValue()));
        }
        *op = result;
    });
}

// Arguments that are not given take the schema's defaults.
TS_API int ts_call(void* op_pointer, const Value* arguments, int32_t count, Value* results, int32_t capacity,
                   int32_t* returned) {
    return guarded([&] {
        enter_thread();
        auto& op = *static_cast<Operator*>(op_pointer);
        auto total = static_cast<int32_t>(op.defaults.size());
        TORCH_CHECK(count <= total, op.name, " takes ", total, " arguments, not ", count);

        // Kept between calls to save an allocation; emptied on every way out, so that it holds no tensor.
        thread_local torch::jit::Stack stack;
        struct Emptied {
            ~Emptied() { stack.clear(); }
        } emptied;
        for (int32_t i = 0; i < count; ++i) stack.push_back(to_ivalue(arguments[i]));
        for (int32_t i = count; i < total; ++i) {
            TORCH_CHECK(op.has_default[i], op.name, " needs its argument ", i);
            stack.push_back(op.defaults[i]);
        }

        op.handle.callBoxed(&stack);
        TORCH_CHECK(static_cast<int32_t>(stack.size()) <= capacity, op.name, " returns ", stack.size(), " values");
        *returned = static_cast<int32_t>(stack.size());
        for (size_t i = 0; i < stack.size(); ++i) from_ivalue(stack[i], results[i]);
    });
}

// oneDNN reads gelu's incoming gradient as if it were contiguous (seen with libtorch 1.13), so it is made so.
TS_API int ts_gelu(void* input, const char* approximate, void** result) {
    return guarded([&] {
        enter_thread();
        auto output = at::gelu(borrow(input), approximate);
        if (output.requires_grad()) {
            output.register_hook([](const at::Tensor& gradient) { return gradient.contiguous(); });
        }
        *result = release(std::move(output));
    });
}

// ---- Tensors

// noexcept without a guard: a destructor of libtorch that throws ends the process anyway.
TS_API void ts_delete(void* handle) noexcept {
    c10::intrusive_ptr<Impl, c10::UndefinedTensorImpl>::reclaim(static_cast<Impl*>(handle));
}

TS_API void* ts_alias(void* handle) { return release(borrow(handle)); }

TS_API int ts_info(void* handle, Info* info) {
    return guarded([&] {
        auto impl = static_cast<Impl*>(handle);
        auto tensor = borrow(handle);
        bool strided = tensor.layout() == c10::kStrided;
        info->sizes = impl->sizes().data();
        info->strides = strided ? impl->strides().data() : nullptr;
        info->dim = impl->dim();
        info->numel = impl->numel();
        info->dtype = static_cast<int32_t>(tensor.scalar_type());
        info->item_size = static_cast<int32_t>(tensor.element_size());
        info->device_type = static_cast<int32_t>(tensor.device().type());
        info->device_index = tensor.device().index();
        info->flags = (tensor.requires_grad() ? 1 : 0) | (tensor.is_leaf() ? 2 : 0) |
                      (strided && tensor.is_contiguous() ? 4 : 0) | (tensor.is_inference() ? 8 : 0) |
                      (tensor.is_sparse() ? 16 : 0);
    });
}

TS_API int ts_data(void* handle, void** data) {
    return guarded([&] { *data = borrow(handle).data_ptr(); });
}

TS_API int ts_item(void* handle, Value* result) {
    return guarded([&] {
        c10::IValue value(borrow(handle).item());
        from_ivalue(value, *result);
    });
}

// A CPU tensor over the caller's memory; released(context) is called when torch lets go of it.
TS_API int ts_from_blob(void* data, const int64_t* sizes, int32_t dim, int32_t dtype, void (*released)(void*),
                        void* context, void** result) {
    return guarded([&] {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        *result = release(at::from_blob(
            data, at::IntArrayRef(sizes, dim), [released, context](void*) { if (released) released(context); },
            options));
    });
}

// A contiguous CPU tensor with a copy of the caller's memory.
TS_API int ts_from_copy(const void* data, const int64_t* sizes, int32_t dim, int32_t dtype, void** result) {
    return guarded([&] {
        auto tensor = at::empty(at::IntArrayRef(sizes, dim),
                                at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
        if (tensor.numel() > 0) std::memcpy(tensor.data_ptr(), data, tensor.nbytes());
        *result = release(std::move(tensor));
    });
}

// ---- Autograd

TS_API int ts_set_requires_grad(void* handle, int32_t requires_grad) {
    return guarded([&] { borrow(handle).set_requires_grad(requires_grad != 0); });
}

TS_API int ts_retain_grad(void* handle) {
    return guarded([&] { borrow(handle).retain_grad(); });
}

TS_API int ts_grad(void* handle, void** gradient) {
    return guarded([&] { *gradient = release(borrow(handle).grad()); });
}

TS_API int ts_set_grad(void* handle, void* gradient) {
    return guarded([&] { borrow(handle).mutable_grad() = borrow(gradient); });
}

TS_API int ts_backward(void* const* tensors, int32_t count, void* const* gradients, int32_t gradient_count,
                       int32_t retain_graph, int32_t create_graph, void* const* inputs, int32_t input_count) {
    return guarded([&] {
        enter_thread();
        torch::autograd::backward(borrow_all(tensors, count), borrow_all(gradients, gradient_count),
                                  retain_graph != 0, create_graph != 0, borrow_all(inputs, input_count));
    });
}

TS_API int ts_autograd_grad(void* const* outputs, int32_t count, void* const* inputs, int32_t input_count,
                            void* const* gradients, int32_t gradient_count, int32_t retain_graph,
                            int32_t create_graph, int32_t allow_unused, void** results) {
    return guarded([&] {
        enter_thread();
        auto found = torch::autograd::grad(borrow_all(outputs, count), borrow_all(inputs, input_count),
                                           borrow_all(gradients, gradient_count), retain_graph != 0,
                                           create_graph != 0, allow_unused != 0);
        for (size_t i = 0; i < found.size(); ++i) results[i] = release(std::move(found[i]));
    });
}

TS_API int32_t ts_grad_mode() { return c10::GradMode::is_enabled(); }
TS_API void ts_set_grad_mode(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }
TS_API int32_t ts_inference_mode() { return c10::InferenceMode::is_enabled(); }

// The guard restores the thread's previous state; it must be ended on the thread that began it.
TS_API int ts_begin_inference_mode(int32_t enabled, void** guard) {
    return guarded([&] { *guard = new c10::InferenceMode(enabled != 0); });
}

TS_API void ts_end_inference_mode(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

TS_API int32_t ts_anomaly_mode() { return torch::autograd::AnomalyMode::is_enabled(); }
TS_API int32_t ts_anomaly_checks_nan() { return torch::autograd::AnomalyMode::should_check_nan(); }
TS_API void ts_set_anomaly_mode(int32_t enabled, int32_t check_nan) {
    torch::autograd::AnomalyMode::set_enabled(enabled != 0, check_nan != 0);
}

// ---- Generators

TS_API int ts_generator(uint64_t seed, int32_t device_type, int32_t device_index, void** generator) {
    return guarded([&] {
        c10::Device device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
        if (device.is_cpu()) {
            *generator = new at::Generator(at::detail::createCPUGenerator(seed));
        } else {
            auto made = at::globalContext().defaultGenerator(device).clone();
            made.set_current_seed(seed);
            *generator = new at::Generator(made);
        }
    });
}

TS_API int ts_default_generator(void** generator) {
    return guarded([&] { *generator = new at::Generator(at::detail::getDefaultCPUGenerator()); });
}

TS_API void ts_delete_generator(void* generator) noexcept { delete static_cast<at::Generator*>(generator); }

TS_API int ts_generator_seed(void* generator, uint64_t seed) {
    return guarded([&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        g.set_current_seed(seed);
    });
}

TS_API int ts_generator_new_seed(void* generator, uint64_t* seed) {
    return guarded([&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        *seed = g.seed();
    });
}

TS_API int ts_generator_current_seed(void* generator, uint64_t* seed) {
    return guarded([&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        *seed = g.current_seed();
    });
}

TS_API int ts_generator_state(void* generator, void** state) {
    return guarded([&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        *state = release(g.get_state());
    });
}

TS_API int ts_set_generator_state(void* generator, void* state) {
    return guarded([&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        g.set_state(borrow(state));
    });
}

TS_API int ts_manual_seed(uint64_t seed) {
    return guarded([&] { at::manual_seed(seed); });
}

// ---- The library

TS_API const char* ts_version() { return TORCH_VERSION; }

TS_API int ts_set_num_threads(int32_t count) {
    return guarded([&] {
        enter_thread();
        at::set_num_threads(count);
    });
}

TS_API int32_t ts_get_num_threads() {
    enter_thread();
    return at::get_num_threads();
}

TS_API int ts_set_num_interop_threads(int32_t count) {
    return guarded([&] { at::set_num_interop_threads(count); });
}

TS_API int32_t ts_get_num_interop_threads() { return at::get_num_interop_threads(); }

TS_API int ts_cuda_device_count(int32_t* count) {
    return guarded([&] {
        constexpr auto cuda = c10::DeviceType::CUDA;
        *count = c10::impl::hasDeviceGuardImpl(cuda) ? c10::impl::getDeviceGuardImpl(cuda)->deviceCount() : 0;
    });
}

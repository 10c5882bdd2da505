// A TensorFlow session for compiled programs: its graph grows while it is open, and it runs off the event loop.
// What it offers to JavaScript is said in tensorflow-session.ts. Only TensorFlow's C API and Node-API 8 are used,
// and there is no global state: threads of one process each load it.

#include <node_api.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tensorflow/c/c_api.h"

namespace {

// Of this file's own interface; tensorflow-session.ts asks for it.
constexpr uint32_t kInterface = 1;

// Results below this many bytes are copied: an array on foreign memory costs more than that, and lives longer.
constexpr size_t kCopyBelow = 65536;

constexpr napi_type_tag kSessionTag = {0x9d6f1c3b52e84a07, 0xb0c7a4e1d85f3962};

template <typename T, void (*Delete)(T*)>
struct Deleter {
  void operator()(T* value) const { Delete(value); }
};
using Status = std::unique_ptr<TF_Status, Deleter<TF_Status, TF_DeleteStatus>>;
using Tensor = std::unique_ptr<TF_Tensor, Deleter<TF_Tensor, TF_DeleteTensor>>;
using Buffer = std::unique_ptr<TF_Buffer, Deleter<TF_Buffer, TF_DeleteBuffer>>;
using Graph = std::unique_ptr<TF_Graph, Deleter<TF_Graph, TF_DeleteGraph>>;
using SessionOptions = std::unique_ptr<TF_SessionOptions, Deleter<TF_SessionOptions, TF_DeleteSessionOptions>>;
using ImportOptions =
    std::unique_ptr<TF_ImportGraphDefOptions, Deleter<TF_ImportGraphDefOptions, TF_DeleteImportGraphDefOptions>>;

Status NewStatus() { return Status(TF_NewStatus()); }

// The element types that cross over, and the typed array of each.
struct ElementType {
  TF_DataType dtype;
  napi_typedarray_type array;
};
constexpr ElementType kElementTypes[] = {
    {TF_FLOAT, napi_float32_array},  {TF_INT32, napi_int32_array},     {TF_BOOL, napi_uint8_array},
    {TF_INT64, napi_bigint64_array}, {TF_BFLOAT16, napi_uint16_array},
};

const ElementType* FindElementType(int64_t dtype) {
  for (const ElementType& type : kElementTypes) {
    if (type.dtype == dtype) return &type;
  }
  return nullptr;
}

// What went wrong: the name of a TensorFlow status and its message. An empty code is success.
struct Failure {
  std::string code;
  std::string message;
};

const char* CodeName(TF_Code code) {
  switch (code) {
    case TF_OK: return "";
    case TF_CANCELLED: return "CANCELLED";
    case TF_INVALID_ARGUMENT: return "INVALID_ARGUMENT";
    case TF_DEADLINE_EXCEEDED: return "DEADLINE_EXCEEDED";
    case TF_NOT_FOUND: return "NOT_FOUND";
    case TF_ALREADY_EXISTS: return "ALREADY_EXISTS";
    case TF_PERMISSION_DENIED: return "PERMISSION_DENIED";
    case TF_UNAUTHENTICATED: return "UNAUTHENTICATED";
    case TF_RESOURCE_EXHAUSTED: return "RESOURCE_EXHAUSTED";
    case TF_FAILED_PRECONDITION: return "FAILED_PRECONDITION";
    case TF_ABORTED: return "ABORTED";
    case TF_OUT_OF_RANGE: return "OUT_OF_RANGE";
    case TF_UNIMPLEMENTED: return "UNIMPLEMENTED";
    case TF_INTERNAL: return "INTERNAL";
    case TF_UNAVAILABLE: return "UNAVAILABLE";
    case TF_DATA_LOSS: return "DATA_LOSS";
    default: return "UNKNOWN";
  }
}

Failure FailureOf(const Status& status) {
  return {CodeName(TF_GetCode(status.get())), TF_Message(status.get())};
}

Failure InvalidArgument(const std::string& message) { return {"INVALID_ARGUMENT", message}; }

napi_value Text(napi_env env, const std::string& text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

napi_value ErrorOf(napi_env env, const Failure& failure) {
  napi_value error = nullptr;
  napi_create_error(env, Text(env, failure.code), Text(env, failure.message), &error);
  return error;
}

napi_value Throw(napi_env env, const Failure& failure) {
  napi_throw(env, ErrorOf(env, failure));
  return nullptr;
}

bool ReadText(napi_env env, napi_value value, std::string* text) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return false;
  text->resize(length + 1);
  napi_get_value_string_utf8(env, value, &(*text)[0], text->size(), &length);
  text->resize(length);
  return true;
}

bool ReadBytes(napi_env env, napi_value value, const void** data, size_t* length) {
  bool typed = false;
  if (napi_is_typedarray(env, value, &typed) != napi_ok || !typed) return false;
  napi_typedarray_type type;
  void* start = nullptr;
  if (napi_get_typedarray_info(env, value, &type, length, &start, nullptr, nullptr) != napi_ok) return false;
  *data = start;
  return type == napi_uint8_array;
}

// The elements of an array, each read by `read`; false when it is no array or one of them cannot be read.
template <typename T, typename Read>
bool ReadList(napi_env env, napi_value array, std::vector<T>* list, Read read) {
  uint32_t length = 0;
  if (napi_get_array_length(env, array, &length) != napi_ok) return false;
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    T item{};
    if (napi_get_element(env, array, i, &element) != napi_ok || !read(element, &item)) return false;
    list->push_back(std::move(item));
  }
  return true;
}

bool ReadTexts(napi_env env, napi_value array, std::vector<std::string>* texts) {
  return ReadList(env, array, texts, [env](napi_value value, std::string* text) { return ReadText(env, value, text); });
}

struct Feed {
  std::string name;
  Tensor tensor;
};

size_t ElementBytes(napi_typedarray_type type) {
  switch (type) {
    case napi_bigint64_array: return 8;
    case napi_float32_array:
    case napi_int32_array: return 4;
    case napi_uint16_array: return 2;
    default: return 1;
  }
}

// Whether the product of the sizes is `count`. A wrong one must not pass by overflow.
bool IsCount(const std::vector<int64_t>& sizes, size_t count) {
  size_t product = 1;
  for (const int64_t size : sizes) {
    if (size == 0) return count == 0;
    if (product > SIZE_MAX / static_cast<size_t>(size)) return false;
    product *= static_cast<size_t>(size);
  }
  return product == count;
}

// { name, dtype, shape, data }. The numbers are copied: TensorFlow wants them at multiples of 64 bytes, where
// JavaScript's memory rarely lies, and the caller may go on writing to them.
Failure ReadFeed(napi_env env, napi_value object, Feed* feed) {
  napi_value name, dtype, shape, data;
  if (napi_get_named_property(env, object, "name", &name) != napi_ok || !ReadText(env, name, &feed->name))
    return InvalidArgument("a feed has no name");
  const std::string where = "the feed of \"" + feed->name + "\": ";
  int64_t number = 0;
  napi_get_named_property(env, object, "dtype", &dtype);
  napi_get_value_int64(env, dtype, &number);
  const ElementType* type = FindElementType(number);
  if (type == nullptr) return InvalidArgument(where + "no type that can be fed has the number " + std::to_string(number));

  std::vector<int64_t> sizes;
  napi_get_named_property(env, object, "shape", &shape);
  const bool read = ReadList(env, shape, &sizes, [env](napi_value value, int64_t* size) {
    return napi_get_value_int64(env, value, size) == napi_ok && *size >= 0;
  });
  if (!read) return InvalidArgument(where + "its shape is no list of sizes");

  napi_get_named_property(env, object, "data", &data);
  napi_typedarray_type array;
  size_t length = 0;
  void* start = nullptr;
  if (napi_get_typedarray_info(env, data, &array, &length, &start, nullptr, nullptr) != napi_ok || array != type->array)
    return InvalidArgument(where + "its data is not the typed array of its type");
  if (!IsCount(sizes, length)) return InvalidArgument(where + std::to_string(length) + " numbers do not fill its shape");

  const size_t bytes = length * ElementBytes(array);
  feed->tensor.reset(TF_AllocateTensor(type->dtype, sizes.data(), static_cast<int>(sizes.size()), bytes));
  if (feed->tensor == nullptr) return {"RESOURCE_EXHAUSTED", where + "no memory for " + std::to_string(bytes) + " bytes"};
  if (bytes > 0) std::memcpy(TF_TensorData(feed->tensor.get()), start, bytes);
  return {};
}

void FreeTensor(napi_env, void*, void* tensor) { TF_DeleteTensor(static_cast<TF_Tensor*>(tensor)); }

// { dtype, shape, data }, with the tensor's own memory under `data` unless it is small.
napi_value ResultOf(napi_env env, Tensor tensor) {
  const ElementType* type = FindElementType(TF_TensorType(tensor.get()));
  const size_t bytes = TF_TensorByteSize(tensor.get());
  napi_value result, dtype, shape, buffer, data;
  napi_create_object(env, &result);
  napi_create_int32(env, type->dtype, &dtype);
  const int rank = TF_NumDims(tensor.get());
  napi_create_array_with_length(env, static_cast<size_t>(rank), &shape);
  for (int i = 0; i < rank; i++) {
    napi_value size;
    napi_create_int64(env, TF_Dim(tensor.get(), i), &size);
    napi_set_element(env, shape, static_cast<uint32_t>(i), size);
  }

  void* start = TF_TensorData(tensor.get());
  if (bytes >= kCopyBelow && napi_create_external_arraybuffer(env, start, bytes, FreeTensor, tensor.get(), &buffer) == napi_ok) {
    tensor.release();
  } else {
    void* target = nullptr;
    if (napi_create_arraybuffer(env, bytes, &target, &buffer) != napi_ok) return nullptr;
    if (bytes > 0) std::memcpy(target, start, bytes);
  }
  napi_create_typedarray(env, type->array, bytes / ElementBytes(type->array), buffer, 0, &data);
  napi_set_named_property(env, result, "dtype", dtype);
  napi_set_named_property(env, result, "shape", shape);
  napi_set_named_property(env, result, "data", data);
  return result;
}

class Job;

// An open session. Its counters belong to the thread of JavaScript.
struct Session {
  Graph graph;
  TF_Session* session = nullptr;
  int running = 0;
  bool closing = false;
  // The job that closes it, while others still run.
  Job* waiting = nullptr;

  Failure Close() {
    Status status = NewStatus();
    if (session != nullptr) {
      TF_CloseSession(session, status.get());
      Status deleted = NewStatus();
      TF_DeleteSession(session, deleted.get());
      session = nullptr;
    }
    graph.reset();
    return FailureOf(status);
  }
};

// Work on a session in another thread, and the promise of its result.
class Job {
 public:
  explicit Job(Session* session) : session_(session) {}
  virtual ~Job() = default;

  // Keeps the session's object alive until the job ends. Returns the promise.
  napi_value Start(napi_env env, napi_value owner, bool wait) {
    napi_value promise = nullptr;
    if (napi_create_promise(env, &deferred_, &promise) != napi_ok) return Abandon();
    napi_create_reference(env, owner, 1, &owner_);
    napi_create_async_work(env, nullptr, Text(env, "tensorflow-session"), Run, End, this, &work_);
    session_->running++;
    if (wait) {
      session_->waiting = this;
    } else {
      napi_queue_async_work(env, work_);
    }
    return promise;
  }

 protected:
  // Off the thread of JavaScript.
  virtual Failure Execute(Session* session) = 0;
  virtual napi_value Result(napi_env env) = 0;

 private:
  napi_value Abandon() {
    delete this;
    return nullptr;
  }

  static void Run(napi_env, void* data) {
    Job* job = static_cast<Job*>(data);
    job->failure_ = job->Execute(job->session_);
  }

  static void End(napi_env env, napi_status, void* data) {
    std::unique_ptr<Job> job(static_cast<Job*>(data));
    Session* session = job->session_;
    session->running--;
    if (session->waiting != nullptr && session->running == 1) {
      napi_queue_async_work(env, session->waiting->work_);
      session->waiting = nullptr;
    }
    napi_value result = job->failure_.code.empty() ? job->Result(env) : nullptr;
    if (job->failure_.code.empty() && result != nullptr) {
      napi_resolve_deferred(env, job->deferred_, result);
    } else {
      const Failure& failure = job->failure_;
      const Failure memory = {"RESOURCE_EXHAUSTED", "no memory for the results"};
      napi_reject_deferred(env, job->deferred_, ErrorOf(env, failure.code.empty() ? memory : failure));
    }
    napi_delete_async_work(env, job->work_);
    napi_delete_reference(env, job->owner_);
  }

  Session* session_;
  Failure failure_;
  napi_deferred deferred_ = nullptr;
  napi_ref owner_ = nullptr;
  napi_async_work work_ = nullptr;
};

napi_value Undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

class RunJob : public Job {
 public:
  using Job::Job;
  std::vector<Feed> feeds;
  std::vector<std::string> fetches;
  std::vector<std::string> targets;

  Failure Execute(Session* session) override {
    std::vector<TF_Output> inputs(feeds.size()), outputs(fetches.size());
    std::vector<TF_Tensor*> values, results(fetches.size(), nullptr);
    std::vector<const TF_Operation*> operations;
    for (size_t i = 0; i < feeds.size(); i++) {
      Failure failure = Find(session, feeds[i].name, &inputs[i]);
      if (!failure.code.empty()) return failure;
      values.push_back(feeds[i].tensor.get());
    }
    for (size_t i = 0; i < fetches.size(); i++) {
      Failure failure = Find(session, fetches[i], &outputs[i]);
      if (!failure.code.empty()) return failure;
      const TF_DataType type = TF_OperationOutputType(outputs[i]);
      if (FindElementType(type) == nullptr)
        return InvalidArgument("\"" + fetches[i] + "\" cannot be fetched: its type has the number " + std::to_string(type));
    }
    for (const std::string& name : targets) {
      TF_Output output;
      Failure failure = Find(session, name, &output, false);
      if (!failure.code.empty()) return failure;
      operations.push_back(output.oper);
    }
    Status status = NewStatus();
    TF_SessionRun(session->session, nullptr, inputs.data(), values.data(), static_cast<int>(values.size()),
                  outputs.data(), results.data(), static_cast<int>(results.size()), operations.data(),
                  static_cast<int>(operations.size()), nullptr, status.get());
    feeds.clear();
    for (TF_Tensor* result : results) results_.emplace_back(result);
    if (TF_GetCode(status.get()) != TF_OK) return FailureOf(status);
    return OwnResults();
  }

  napi_value Result(napi_env env) override {
    napi_value list = nullptr;
    if (napi_create_array_with_length(env, results_.size(), &list) != napi_ok) return nullptr;
    for (size_t i = 0; i < results_.size(); i++) {
      napi_value result = ResultOf(env, std::move(results_[i]));
      if (result == nullptr) return nullptr;
      napi_set_element(env, list, static_cast<uint32_t>(i), result);
    }
    return list;
  }

 private:
  // `x` is output 0 of operation x, `x:1` its output 1.
  static Failure Find(Session* session, const std::string& name, TF_Output* output, bool has_output = true) {
    const size_t colon = name.rfind(':');
    const std::string operation = name.substr(0, colon);
    output->oper = TF_GraphOperationByName(session->graph.get(), operation.c_str());
    output->index = 0;
    if (output->oper == nullptr) return {"NOT_FOUND", "the graph has no operation \"" + operation + "\""};
    if (colon != std::string::npos) {
      for (size_t i = colon + 1; i < name.size(); i++) {
        if (name[i] < '0' || name[i] > '9' || output->index > 100000000) return InvalidArgument("\"" + name + "\" is no name of an output");
        output->index = output->index * 10 + (name[i] - '0');
      }
    }
    if (has_output && output->index >= TF_OperationNumOutputs(output->oper))
      return {"NOT_FOUND", "operation \"" + operation + "\" has no output " + std::to_string(output->index)};
    return {};
  }

  // A result may be the very memory of a variable, of a constant or of another result. JavaScript gets a copy of
  // such: it may write to it, and as long as it held a variable's memory no update could happen in place.
  Failure OwnResults() {
    for (Tensor& result : results_) {
      if (TF_Tensor* owned = TF_TensorMaybeMove(result.get())) {
        static_cast<void>(result.release());
        result.reset(owned);
        continue;
      }
      std::vector<int64_t> shape;
      for (int i = 0; i < TF_NumDims(result.get()); i++) shape.push_back(TF_Dim(result.get(), i));
      const size_t bytes = TF_TensorByteSize(result.get());
      if (bytes < kCopyBelow) continue;
      Tensor copy(TF_AllocateTensor(TF_TensorType(result.get()), shape.data(), static_cast<int>(shape.size()), bytes));
      if (copy == nullptr) return {"RESOURCE_EXHAUSTED", "no memory for " + std::to_string(bytes) + " bytes of results"};
      std::memcpy(TF_TensorData(copy.get()), TF_TensorData(result.get()), bytes);
      result = std::move(copy);
    }
    return {};
  }

  std::vector<Tensor> results_;
};

class CloseJob : public Job {
 public:
  using Job::Job;

 protected:
  Failure Execute(Session* session) override { return session->Close(); }
  napi_value Result(napi_env env) override { return Undefined(env); }
};

// The session under `this` of a method, and its arguments. Without one an exception is pending.
struct Call {
  Session* session = nullptr;
  napi_value owner = nullptr;
  napi_value values[3] = {};

  Call(napi_env env, napi_callback_info info, bool closes = false) {
    size_t count = 3;
    bool tagged = false;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, values, &owner, nullptr);
    if (napi_check_object_type_tag(env, owner, &kSessionTag, &tagged) != napi_ok || !tagged ||
        napi_unwrap(env, owner, &data) != napi_ok) {
      Throw(env, InvalidArgument("called on something that is no session"));
    } else if (static_cast<Session*>(data)->closing) {
      Throw(env, {"FAILED_PRECONDITION", "the session is closed"});
    } else {
      session = static_cast<Session*>(data);
      session->closing = closes;
    }
  }
};

napi_value Extend(napi_env env, napi_callback_info info) {
  Call call(env, info);
  if (call.session == nullptr) return nullptr;
  const void* bytes = nullptr;
  size_t length = 0;
  if (!ReadBytes(env, call.values[0], &bytes, &length)) return Throw(env, InvalidArgument("a GraphDef is a Uint8Array"));
  Status status = NewStatus();
  Buffer graph_def(TF_NewBufferFromString(bytes, length));
  ImportOptions options(TF_NewImportGraphDefOptions());
  TF_GraphImportGraphDef(call.session->graph.get(), graph_def.get(), options.get(), status.get());
  return TF_GetCode(status.get()) == TF_OK ? Undefined(env) : Throw(env, FailureOf(status));
}

// The job of the arguments (feeds, fetches, targets), or an exception.
std::unique_ptr<RunJob> ReadRun(napi_env env, const Call& call) {
  if (call.session == nullptr) return nullptr;
  auto job = std::make_unique<RunJob>(call.session);
  Failure failure;
  uint32_t count = 0;
  if (napi_get_array_length(env, call.values[0], &count) != napi_ok) failure = InvalidArgument("feeds are a list");
  for (uint32_t i = 0; i < count && failure.code.empty(); i++) {
    napi_value object;
    Feed feed;
    napi_get_element(env, call.values[0], i, &object);
    failure = ReadFeed(env, object, &feed);
    job->feeds.push_back(std::move(feed));
  }
  if (failure.code.empty() &&
      (!ReadTexts(env, call.values[1], &job->fetches) || !ReadTexts(env, call.values[2], &job->targets)))
    failure = InvalidArgument("fetches and targets are lists of names");
  if (failure.code.empty()) return job;
  Throw(env, failure);
  return nullptr;
}

napi_value Run(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto job = ReadRun(env, call);
  return job == nullptr ? nullptr : job.release()->Start(env, call.owner, false);
}

napi_value RunNow(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const auto job = ReadRun(env, call);
  if (job == nullptr) return nullptr;
  const Failure failure = job->Execute(call.session);
  return failure.code.empty() ? job->Result(env) : Throw(env, failure);
}

napi_value Close(napi_env env, napi_callback_info info) {
  Call call(env, info, true);
  if (call.session == nullptr) return nullptr;
  return (new CloseJob(call.session))->Start(env, call.owner, call.session->running > 0);
}

void Finalize(napi_env, void* data, void*) {
  Session* session = static_cast<Session*>(data);
  // A running job holds the object, so this is a thread that is torn down in the middle of one.
  if (session->running > 0) return;
  session->Close();
  delete session;
}

napi_value Construct(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value config = nullptr, self = nullptr, target = nullptr;
  napi_get_cb_info(env, info, &count, &config, &self, nullptr);
  napi_get_new_target(env, info, &target);
  const void* bytes = nullptr;
  size_t length = 0;
  if (target == nullptr || !ReadBytes(env, config, &bytes, &length))
    return Throw(env, InvalidArgument("new Session(config), where config is a Uint8Array"));
  Status status = NewStatus();
  SessionOptions options(TF_NewSessionOptions());
  if (length > 0) TF_SetConfig(options.get(), bytes, length, status.get());
  if (TF_GetCode(status.get()) != TF_OK) return Throw(env, FailureOf(status));
  auto session = std::make_unique<Session>();
  session->graph.reset(TF_NewGraph());
  session->session = TF_NewSession(session->graph.get(), options.get(), status.get());
  if (TF_GetCode(status.get()) != TF_OK) return Throw(env, FailureOf(status));
  if (napi_type_tag_object(env, self, &kSessionTag) != napi_ok ||
      napi_wrap(env, self, session.get(), Finalize, nullptr, nullptr) != napi_ok) {
    session->Close();
    return Throw(env, InvalidArgument("this cannot be made a session"));
  }
  session.release();
  return self;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor methods[] = {
      {"extend", nullptr, Extend, nullptr, nullptr, nullptr, napi_default_method, nullptr},
      {"runNow", nullptr, RunNow, nullptr, nullptr, nullptr, napi_default_method, nullptr},
      {"run", nullptr, Run, nullptr, nullptr, nullptr, napi_default_method, nullptr},
      {"close", nullptr, Close, nullptr, nullptr, nullptr, napi_default_method, nullptr},
  };
  napi_value session, version;
  napi_define_class(env, "Session", NAPI_AUTO_LENGTH, Construct, nullptr, 4, methods, &session);
  napi_create_uint32(env, kInterface, &version);
  napi_set_named_property(env, exports, "Session", session);
  napi_set_named_property(env, exports, "interface", version);
  return exports;
}

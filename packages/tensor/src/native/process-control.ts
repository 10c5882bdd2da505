/** File name of the small native addon that holds TensorFlow's start-up messages back. */
export const processControlFile = 'process-control.node';

/** What the addon of {@link processControlSource} exports. */
export interface ProcessControl {
  /** Sets an environment variable where native code reads it; `process.env` of a worker thread is only a copy. */
  setEnvironment(name: string, value: string): void;
  /** Sends what native code writes to stderr into a temporary file, until {@link restoreStderr}. */
  holdStderr(): void;
  /** Ends that and returns what was written; an empty text while another thread still holds it. */
  restoreStderr(): string;
}

/**
 * C++ source of the addon. TensorFlow 2.21 writes two lines to stderr from static initialisers, before it reads
 * `TF_CPP_MIN_LOG_LEVEL`; nothing but the file descriptor can hold them back.
 */
export const processControlSource = `#include <node_api.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

namespace {

// Threads of one process share the addon and the file descriptor.
std::mutex mutex;
int holders = 0;
std::FILE* held = nullptr;
int original = -1;

std::string Text(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return "";
  std::string text(length + 1, '\\0');
  napi_get_value_string_utf8(env, value, &text[0], text.size(), &length);
  text.resize(length);
  return text;
}

napi_value SetEnvironment(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value values[2];
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  if (count == 2) setenv(Text(env, values[0]).c_str(), Text(env, values[1]).c_str(), 1);
  return nullptr;
}

napi_value HoldStderr(napi_env, napi_callback_info) {
  std::lock_guard<std::mutex> lock(mutex);
  if (holders++ > 0) return nullptr;
  held = std::tmpfile();
  if (held == nullptr) return nullptr;
  std::fflush(stderr);
  original = dup(STDERR_FILENO);
  dup2(fileno(held), STDERR_FILENO);
  return nullptr;
}

napi_value RestoreStderr(napi_env env, napi_callback_info) {
  std::lock_guard<std::mutex> lock(mutex);
  std::string text;
  if (holders > 0 && --holders == 0 && held != nullptr) {
    std::fflush(stderr);
    dup2(original, STDERR_FILENO);
    close(original);
    std::rewind(held);
    char buffer[4096];
    size_t size;
    while ((size = std::fread(buffer, 1, sizeof buffer, held)) > 0) text.append(buffer, size);
    std::fclose(held);
    held = nullptr;
  }
  napi_value result;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor properties[] = {
      {"setEnvironment", nullptr, SetEnvironment, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"holdStderr", nullptr, HoldStderr, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"restoreStderr", nullptr, RestoreStderr, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, 3, properties);
  return exports;
}
`;

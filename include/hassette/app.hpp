#pragma once
// layer: app
//
// App: the base class of an automation, and all that an app's source includes.
//
//   class MotionLights : public App<MotionLightsConfig> { … };
//   HASSETTE_APP(MotionLights)
//
// The engine makes one object for each instance in the configuration, calls the hooks on the loop's
// thread and destroys the object when nothing of it runs any more. A hook that throws fails this
// app alone. What was registered in a hook ends after the shutdown hooks.
#include <hassette/api.hpp>
#include <hassette/async.hpp>
#include <hassette/bus.hpp>
#include <hassette/config.hpp>
#include <hassette/duration.hpp>
#include <hassette/logger.hpp>
#include <hassette/scheduler.hpp>
#include <hassette/secret.hpp>
#include <hassette/states.hpp>
#include <hassette/task_bucket.hpp>
#include <hassette/time.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>

namespace hassette {

namespace app {
class Instance;
}

/// A configuration without keys.
struct NoConfig {};

class AppBase : public HandlerOwner {
 public:
  ~AppBase() override;

  virtual Task<> before_initialize() { co_return; }
  virtual Task<> on_initialize() { co_return; }
  virtual Task<> after_initialize() { co_return; }
  /// An automation told as one story: starts after `after_initialize`, cancelled before shutdown.
  virtual Task<> run() { co_return; }
  virtual Task<> before_shutdown() { co_return; }
  virtual Task<> on_shutdown() { co_return; }
  virtual Task<> after_shutdown() { co_return; }

  /// How long the three shutdown hooks may take together; then they are cancelled.
  virtual std::chrono::nanoseconds shutdown_limit() const { return std::chrono::seconds(1); }

 protected:
  AppBase();

  /// The home's time, now.
  TimePoint now() const;
  /// The same as clocks in the home show it.
  LocalTime local_now() const;
  /// Any moment as they show it, the start of a calendar's event for example.
  LocalTime local_time(TimePoint moment) const;
  const std::string& app_key() const;
  const std::string& instance_name() const;

 private:
  app::Instance* instance_;  // before the facades, which are made from it

 public:
  Bus bus;
  Scheduler scheduler;
  Api api;
  States states;
  TaskBucket task_bucket;
  Logger logger;

 private:
  friend class app::Instance;
};

template <class Config = NoConfig>
class App : public AppBase {
 public:
  using ConfigType = Config;
  Config app_config = take_config();

 private:
  static Config take_config();
};

namespace plugin {

/// Decodes an app's configuration (reporting every problem) and makes the app from it.
struct AppType {
  const char* class_name;
  /// The decoded configuration, or null after problems were reported.
  std::shared_ptr<void> (*read_config)(const config::Reader& reader);
  /// The engine has put the instance and its configuration in place (see app::Construction).
  std::unique_ptr<AppBase> (*create)();
  const AppType* next;
};

/// What a plug-in's entry point gives. The engine compares `abi` with its own before anything else
/// is touched, and the copy of it in the section `.hassette.abi` before the plug-in is even loaded.
struct Contents {
  const char* abi;
  const AppType* first;
};

/// The configuration of the app that is being constructed on this thread.
std::shared_ptr<void> take_config();

/// The apps of this plug-in, in the order of their HASSETTE_APP; each plug-in has a list of its
/// own.
struct AppList {
  const AppType* first = nullptr;
  AppType* last = nullptr;
};
[[gnu::visibility("hidden")]] inline constinit AppList apps;

/// Every hook is that of AppBase. One of the class's own may be private, and then has no address
/// here, which is no less of an answer.
template <class T>
concept OverridesNoHook = requires {
  requires std::same_as<decltype(&T::before_initialize), decltype(&AppBase::before_initialize)>;
  requires std::same_as<decltype(&T::on_initialize), decltype(&AppBase::on_initialize)>;
  requires std::same_as<decltype(&T::after_initialize), decltype(&AppBase::after_initialize)>;
  requires std::same_as<decltype(&T::run), decltype(&AppBase::run)>;
  requires std::same_as<decltype(&T::before_shutdown), decltype(&AppBase::before_shutdown)>;
  requires std::same_as<decltype(&T::on_shutdown), decltype(&AppBase::on_shutdown)>;
  requires std::same_as<decltype(&T::after_shutdown), decltype(&AppBase::after_shutdown)>;
};

template <class T>
class Registration {
  static_assert(!OverridesNoHook<T>,
                "nothing of this app would ever run, for it overrides none of App's hooks: write "
                "Task<> on_initialize() override { … }, or Task<> run() override { … }");

 public:
  explicit Registration(const char* class_name)
      : type_{class_name, &read_config, &create, nullptr} {
    (apps.last ? apps.last->next : apps.first) = &type_;
    apps.last = &type_;
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  using Config = typename T::ConfigType;
  static std::shared_ptr<void> read_config(const config::Reader& reader) {
    auto value = std::make_shared<Config>();
    config::decode(reader, *value);
    return value;
  }
  static std::unique_ptr<AppBase> create() { return std::make_unique<T>(); }
  AppType type_;
};

}  // namespace plugin

template <class Config>
Config App<Config>::take_config() {
  return std::move(*std::static_pointer_cast<Config>(plugin::take_config()));
}

}  // namespace hassette

/// What the engine and its plug-ins must agree on. `hassette` says it to the compiler; elsewhere
/// (an editor, a test program) nothing is loaded and nothing compared.
#ifndef HASSETTE_ABI
#define HASSETTE_ABI "unstamped"
#endif

/// A plug-in's entry point. It is emitted only where HASSETTE_APP refers to it, and once however
/// many apps do.
extern "C" [[gnu::visibility("default")]] inline const hassette::plugin::Contents*
hassette_plugin() {
  static const hassette::plugin::Contents contents{HASSETTE_ABI, hassette::plugin::apps.first};
  return &contents;
}

/// Makes a class of this file known to the engine; once for each app class.
#define HASSETTE_APP(Class)                                                            \
  namespace {                                                                          \
  [[gnu::used, gnu::section(".hassette.abi")]] constexpr char hassette_abi_##Class[] = \
      HASSETTE_ABI;                                                                    \
  [[gnu::used]] constexpr auto hassette_entry_##Class = &hassette_plugin;              \
  ::hassette::plugin::Registration<Class> hassette_app_##Class{#Class};                \
  }

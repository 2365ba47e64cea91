#pragma once
// CrashNote: last words that name the app whose handler was running when the process crashed.
//
// Apps live in the engine's process, so a bad pointer in one ends all of them; without this line
// nobody would know which. The signal goes its usual way afterwards (exit status, core file). One
// at a time; made and destroyed on the loop's thread.
namespace hassette::async {
class Loop;
}

namespace hassette::daemon {

class CrashNote {
 public:
  explicit CrashNote(const async::Loop& loop);
  CrashNote(const CrashNote&) = delete;
  CrashNote& operator=(const CrashNote&) = delete;
  ~CrashNote();
};

}  // namespace hassette::daemon

#pragma once
// The initialisers of a plug-in, which the engine runs itself.
//
// dlopen would run them inside of itself, holding the dynamic linker's lock. What an app's global
// object throws would then leave that lock held for ever (every other thread stops at its next
// dlopen, name look-up or thread-local object), and has no promise to get through a function that
// is declared not to throw. So a plug-in is marked once it is linked: its list of initialisers
// stays in the file under a tag that the dynamic linker passes over. Marking blocks on the disk and
// suits any thread; running belongs to whoever loads the plug-in, once for each mapping.
#include <filesystem>

namespace hassette::build {

/// Leaves the initialisers of this shared library to `run_initialisers`. What is no such file, or
/// has none, is left alone. Throws Error where it cannot be read or written.
void defer_initialisers(const std::filesystem::path& library);

/// Runs those of a library that dlopen gave, in their order and with what the dynamic linker would
/// give them: the program's arguments and environment. Lets out what they throw, and then the rest
/// has not run. Does nothing where they were not deferred.
void run_initialisers(void* handle);

}  // namespace hassette::build

// Furnishing a Home from what a real Home Assistant was recorded to answer.
//
// Called once, before anybody connects, on the loop's thread. A file that is missing or no
// recording is thrown as Error with its path.
#pragma once

#include <string>

namespace hassette::sim {

class Home;

// Takes configuration, states, services, panels and registries from the frames of ws.jsonl, and
// sets up what tests/ha/configuration.yaml makes of them: two template entities, a group, a scene,
// a script and an automation.
void load_recording(Home& home, const std::string& path);

}  // namespace hassette::sim

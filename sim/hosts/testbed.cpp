#include "sim/hosts/testbed.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "sim/hosts/proc_readings.hpp"

namespace gradwire {
namespace {

constexpr Duration kScriptLimit = std::chrono::seconds(60);

std::string script(const char* name) {
  const char* folder = std::getenv("GRADWIRE_CONTAINERS");
  return (std::filesystem::path(folder != nullptr ? folder : GRADWIRE_CONTAINERS_DIR) / name)
      .string();
}

// Runs a script of containers/; its own words are the error.
std::string run_script(const std::vector<std::string>& command) {
  Finished finished;
  try {
    finished = run_command(command, kScriptLimit);
  } catch (const std::system_error& error) {
    throw TestbedError(error.what());
  }
  if (finished.ending.succeeded()) return finished.output;
  std::string words = finished.errors;
  while (words.ends_with('\n')) words.pop_back();
  if (finished.timed_out) words = fmt::format("not done within {}", to_string(kScriptLimit));
  if (words.empty()) words = to_string(finished.ending);
  throw TestbedError(fmt::format("{}: {}", command.front(), words));
}

}  // namespace

Testbed::~Testbed() {
  try {
    down();
  } catch (const TestbedError&) {  // the guard tries again
  }
}

void Testbed::check_permission() {
  if (::geteuid() == 0) return;
  throw TestbedError("network namespaces need root; allowed: as root, or --mode local");
}

std::filesystem::path own_program() { return std::filesystem::canonical("/proc/self/exe"); }

void Testbed::up(const std::filesystem::path& scenario, const std::vector<std::string>& overrides,
                 int point, int repeat, const NetworkSpec& spec) {
  down();
  check_permission();
  plan_ = make_host_plan(spec);
  ::setenv("GRADWIRE_SIM", own_program().c_str(), 1);
  {
    const std::lock_guard lock(mutex_);
    is_up_ = true;
  }
  std::vector<std::string> command{
      script("up.sh"), scenario.string(),      "--run",    options_.run,
      "--backend",     options_.backend,       "--shaper", options_.shaper,
      "--switch",      options_.switching,     "--point",  std::to_string(point),
      "--repeat",      std::to_string(repeat), "--owner",  std::to_string(::getpid())};
  if (options_.open_uplinks) command.emplace_back("--open-uplinks");
  if (!options_.image.empty()) command.insert(command.end(), {"--image", options_.image});
  for (const std::filesystem::path& folder : options_.folders) {
    command.insert(command.end(), {"--share", folder.string()});
  }
  for (const std::string& override_text : overrides) {
    command.insert(command.end(), {"--set", override_text});
  }
  try {
    run_script(command);
  } catch (const TestbedError&) {
    stop_if_abandoned();
    throw;
  }
  use(spec);
}

void Testbed::use(const NetworkSpec& spec) {
  check_permission();
  if (!std::filesystem::exists(state_folder() / "complete")) {
    throw TestbedError(fmt::format("no network of the name '{}' is up", options_.run));
  }
  plan_ = make_host_plan(spec);
  std::ifstream shaper(state_folder() / "shaper");
  std::getline(shaper, shaper_);
  settings_.clear();
  std::ifstream settings(state_folder() / "settings");
  for (NetworkSetting setting;
       std::getline(settings, setting.name, '\t') && std::getline(settings, setting.value);) {
    settings_.push_back(setting);
  }
}

void Testbed::down() {
  const std::lock_guard lock(mutex_);
  if (!is_up_) return;
  run_script({script("down.sh"), options_.run});
  is_up_ = false;
}

std::filesystem::path Testbed::state_folder() const {
  return std::filesystem::path("/run/gradwire") / options_.run;
}

std::filesystem::path Testbed::namespace_of(const std::string& node) const {
  return std::filesystem::path("/run/netns") / fmt::format("gw:{}:{}", options_.run, node);
}

std::vector<std::string> Testbed::on_node(const std::string& node,
                                          const std::vector<std::string>& command) const {
  std::vector<std::string> words{script("exec.sh"), "--run", options_.run, node};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

std::vector<std::int64_t> Testbed::bytes_sent() const {
  std::map<std::string, nlohmann::json> counters;
  std::vector<std::int64_t> bytes;
  if (shaper_ == "builtin") return bytes;
  for (const HostPlan::Direction& direction : plan_.directions) {
    const HostPlan::Node& node = plan_.node(direction.from);
    if (!counters.contains(node.name)) {
      // What the traffic control has counted: with the headers of every segment.
      const std::string text =
          run_script(on_node(node.name, {"tc", "-json", "-statistics", "qdisc", "show"}));
      for (const auto& qdisc : nlohmann::json::parse(text)) {
        if (qdisc.contains("root"))
          counters[node.name][qdisc["dev"].get<std::string>()] = qdisc["bytes"];
      }
    }
    const std::string& name = node.interfaces[static_cast<std::size_t>(direction.interface)].name;
    bytes.push_back(counters[node.name].value(name, std::int64_t{0}));
  }
  return bytes;
}

double Testbed::switch_cpu_seconds() const {
  std::string id;
  std::getline(std::ifstream(state_folder() / "switch.pid") >> std::ws, id);
  std::ostringstream text;
  text << std::ifstream("/proc/" + id + "/stat").rdbuf();
  const std::optional<ProcessUse> use = read_process(text.str());
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return use ? static_cast<double>(use->cpu_ticks) / ticks : 0.0;
}

void Testbed::abandon() {
  abandoned_ = true;
  try {
    down();
  } catch (const TestbedError&) {  // the guard tries again
  }
}

void Testbed::stop_if_abandoned() const {
  while (abandoned_) ::pause();
}

}  // namespace gradwire

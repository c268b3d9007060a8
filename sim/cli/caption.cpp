#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/runners/trained_captioner.hpp"
#include "trainer/quality/captioning.hpp"

namespace gradwire {
namespace {

struct CaptionArguments {
  std::string pictures;
  std::string results;
  std::vector<int> test;
  int point = 0;
  int repeat = 0;
  std::optional<int> beam;
  std::optional<double> length_penalty;
};

std::string text_of(const Words& words) { return fmt::format("{}", fmt::join(words, " ")); }

// A picture of the test split with what people said of it.
void caption_test_picture(TrainedCaptioner& captioner, int picture, const CaptionSearch& search) {
  const Split& test = captioner.test();
  const auto& captions = test.words->captions();
  if (picture < 0 || picture >= std::ssize(captions)) {
    throw UsageError(
        fmt::format("--test {}: no such picture; allowed: 0 to {}", picture, captions.size() - 1));
  }
  std::vector<float> values(static_cast<std::size_t>(test.shape.features()));
  gather_picture(test, picture, values.data());
  fmt::print("{}: {}\n", picture, text_of(captioner.describe(values, search).front()));
  for (const Words& said : captions[static_cast<std::size_t>(picture)]) {
    fmt::print("    {}\n", text_of(said));
  }
}

void caption(const CaptionArguments& arguments) {
  if (arguments.pictures.empty() == arguments.test.empty()) {
    throw UsageError("no picture; allowed: either a file or --test NUMBER");
  }
  TrainedCaptioner captioner(arguments.results, arguments.point, arguments.repeat);
  CaptionSearch search = captioner.search();
  search.width = arguments.beam.value_or(search.width);
  search.length_penalty = arguments.length_penalty.value_or(search.length_penalty);
  if (arguments.beam || arguments.length_penalty) search.samples = 0;
  for (const int picture : arguments.test) {
    caption_test_picture(captioner, picture, search);
  }
  if (arguments.pictures.empty()) return;
  const std::vector<float> pictures = captioner.read_pictures(arguments.pictures);
  for (const Words& words : captioner.describe(pictures, search)) {
    fmt::print("{}\n", text_of(words));
  }
}

}  // namespace

void add_caption_command(CLI::App& program) {
  auto arguments = std::make_shared<CaptionArguments>();
  CLI::App* command =
      program.add_subcommand("caption", "Show what a trained captioner says of pictures");
  command
      ->add_option("pictures", arguments->pictures,
                   "A photograph, .jpg; or pictures of the size of its\ntraining, .npy: bytes "
                   "[height, width, 3] or several such,\nor features; a line each")
      ->type_name("FILE");
  command->add_option("--results", arguments->results, "Results folder")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--test", arguments->test,
                   "A picture of the test split, by number from 0, and what\n"
                   "people said of it; may be repeated")
      ->type_name("NUMBER")
      ->allow_extra_args(false);
  command->add_option("--point", arguments->point, "Point of the sweep, from 0 [default: 0]")
      ->type_name("NUMBER");
  command->add_option("--repeat", arguments->repeat, "Repeat, from 0 [default: 0]")
      ->type_name("NUMBER");
  command
      ->add_option("--beam", arguments->beam,
                   "Width of the beam; 1 takes the likeliest word each time\n"
                   "[default: that of the training]. With this or the next\n"
                   "option, agreement with samples does not count")
      ->type_name("N")
      ->check(CLI::Range(1, kCaptionRowsMax).description(""));
  command
      ->add_option("--length-penalty", arguments->length_penalty,
                   "0 prefers short captions, 1 takes the mean over their\n"
                   "words [default: that of the training]")
      ->type_name("X")
      ->check(CLI::Range(0.0, 10.0).description(""));
  command->callback([arguments] { caption(*arguments); });
}

}  // namespace gradwire

// gradloom train, translate, evaluate and bench from end to end: results, messages, exit codes, signals.
#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>

#include "serialization/file.h"
#include "serialization/json_reader.h"
#include "tests/cli/command_call.h"
#include "tests/training/small_corpus.h"
#include "training/folder_lock.h"
#include "training/model_files.h"
#include "training/position.h"

using namespace gradloom;

namespace {

std::vector<std::string> train_arguments(const ScratchFolder& scratch, const std::string& model,
                                         std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"train",
                                     "--model",
                                     model,
                                     "--source-train",
                                     scratch.path("train.en"),
                                     "--target-train",
                                     scratch.path("train.fr"),
                                     "--source-valid",
                                     scratch.path("valid.en"),
                                     "--target-valid",
                                     scratch.path("valid.fr"),
                                     "--embedding",
                                     "8",
                                     "--hidden",
                                     "8",
                                     "--batch",
                                     "16"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

void check_refused(const Called& called, int code, const std::string& message) {
  CHECK(called.code == code);
  CHECK(called.out == "");
  CHECK(called.err == message + "\n");
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("cli/train: check reads a translator's config and vocabularies, and a step that cannot train is bad input") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  std::string m = scratch.path("m");
  REQUIRE(call(train_arguments(scratch, m, {"--epochs", "1", "--quiet"})).code == 0);
  Called checked = call({"check", m});
  CHECK(checked.code == 0);
  CHECK(checked.out.ends_with(", a state to train on from, vocabularies of 23 and 23 tokens\n"));
  std::string words = read_file(m + "/target.vocab", 100'000), config = read_file(m + "/config.json", 100'000);
  write_file(m + "/target.vocab", words + "more\n");
  check_refused(
      call({"check", m}), 3,
      "gradloom check: " + m + "/target.vocab has 24 tokens but \"target_embedding/table\" of the module has 23 rows");
  write_file(m + "/target.vocab", words);
  write_file(m + "/config.json", "{");
  CHECK(call({"check", m}).code == 3);
  write_file(m + "/config.json", config);

  std::string module = read_file(m + "/module.json", 10'000'000), without = module;
  std::size_t step = without.find("\"train_step\": {"), at = without.find("{\"name\": \"gradient_norm\"", step);
  REQUIRE(at != std::string::npos);
  without.replace(at, 24, "{\"name\": \"gradient_sum\"");
  write_file(m + "/module.json", without);
  check_refused(call({"train", "--model", m, "--resume", "--quiet"}), 3,
                "gradloom train: " + m + "/module.json: train_step has no output \"gradient_norm\"");

  // A pipe in the place of a file is refused, not waited for.
  write_file(m + "/module.json", module);
  std::filesystem::remove(m + "/weights.safetensors");
  REQUIRE(::mkfifo((m + "/weights.safetensors").c_str(), 0600) == 0);
  check_refused(call({"check", m}), 3,
                "gradloom check: cannot read " + m + "/weights.safetensors: a regular file was expected");
}

TEST_CASE("cli/train: an epoch and another in a fresh process are two, to the byte") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  std::string whole = scratch.path("whole"), halves = scratch.path("halves");
  Called called = call(train_arguments(scratch, whole, {"--epochs", "2"}));
  CHECK(called.code == 0);
  CHECK(called.out == "");
  CHECK(called.err.starts_with("120 pairs; padding "));
  CHECK(called.err.find("\nepoch 1, update 8 (100 %): loss ") != std::string::npos);
  CHECK(called.err.find("\nupdate 8: validation loss ") != std::string::npos);
  CHECK(called.err.find(", the best so far\ncheckpoint at update 8\n") != std::string::npos);
  CHECK(called.err.ends_with("\ncheckpoint at update 16\n2 epochs are done\n"));

  called = call(train_arguments(scratch, halves, {"--epochs", "1", "--quiet", "--threads", "1"}));
  CHECK(called.code == 0);
  CHECK(called.err == "");
  called = call({"train", "--model", halves, "--resume", "--epochs", "2", "--threads", "3"});
  CHECK(called.code == 0);
  CHECK(called.err.find("\ngoing on after update 8\n") != std::string::npos);
  auto parts = lasting_bytes(halves);
  for (const auto& [name, bytes] : lasting_bytes(whole)) CHECK_MESSAGE(bytes == parts[name], name);

  std::string updates = scratch.path("updates");
  called = call(train_arguments(scratch, updates, {"--max-updates", "3"}));
  CHECK(called.code == 0);
  CHECK(called.err.ends_with("\ncheckpoint at update 3\n3 updates are done\n"));
  CHECK(read_file(updates + "/report.html", 1 << 24).starts_with("<!DOCTYPE html>"));
  called = call({"train", "--model", updates, "--resume", "--max-updates", "11"});
  CHECK(called.code == 0);
  CHECK(called.err.find("\ngoing on after update 3\n") != std::string::npos);
  CHECK(called.err.ends_with("\ncheckpoint at update 11\n11 updates are done\n"));

  write_file(scratch.path("other.json"), R"({"hidden": 10, "seed": 3})");
  std::vector<std::string> from_file{"train",  "--model", scratch.path("m"), "--config", whole + "/config.json",
                                     "--seed", "2",       "--quiet",         "--epochs", "1"};
  CHECK(call(from_file).code == 0);
  TrainingConfig config = read_config(scratch.path("m") + "/config.json").config;
  CHECK(config.hidden == 8);
  CHECK(config.seed == 2);
  CHECK(config.epochs == 1);
}

TEST_CASE("cli/train: wrong usage has exit code 2 and leaves no folder") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  std::string m = scratch.path("m");
  auto refused = [&](std::vector<std::string> more, const std::string& message) {
    check_refused(call(train_arguments(scratch, m, std::move(more))), 2, "gradloom train: " + message);
    CHECK(!std::filesystem::exists(m));
  };
  refused({"--cel", "gru"}, "no option \"--cel\"; did you mean \"--cell\"?");
  refused({"--cell", "gur"}, "no cell \"gur\"; did you mean \"gru\"?");
  refused({"--dropout", "1"}, "dropout is 1 but at least 0 and below 1 is needed");
  refused({"--layers", "0"}, "--layers 0: a number from 1 to 64 was expected");
  refused({"--layers", "two"}, "--layers two: a whole number was expected");
  refused({"--layers", "99999999999999999999"}, "--layers 99999999999999999999: a number from 1 to 64 was expected");
  refused({"--batch-tokens", "100"}, "batch 16 and batch-tokens 100 given, one of them is needed");
  refused({"--heads"}, "--heads needs a value");
  check_refused(call({"train"}), 2, "gradloom train: --model is missing");
  check_refused(call(train_arguments(scratch, "")), 2, "gradloom train: --model needs a value");
  check_refused(call({"train", "--model", m}), 2,
                "gradloom train: source-train is needed: a file of sentences to learn from");
  check_refused(call({"train", "--model", scratch.path()}), 2,
                "gradloom train: " + scratch.path() + " is not empty and holds no model; choose another folder");
  check_refused(call({"train", "--model", m, "--resume", "--overwrite"}), 2,
                "gradloom train: --resume and --overwrite exclude each other");
  check_refused(call({"train", "--model", m, "--resume", "--seed", "1"}), 2,
                "gradloom train: --seed cannot be given with --resume: the model's own config.json says it");
}

TEST_CASE("cli/train: bad input has exit code 3 and leaves no folder") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  std::string m = scratch.path("m");
  check_refused(call({"train", "--model", m, "--resume"}), 3,
                "gradloom train: no model at " + m + ": there is no such file or folder");
  check_refused(call({"train", "--model", m, "--config", scratch.path("none")}), 3,
                "gradloom train: cannot read " + scratch.path("none") + ": No such file or directory");
  write_file(scratch.path("config"), R"({"cell": "gur"})");
  check_refused(call({"train", "--model", m, "--config", scratch.path("config")}), 3,
                "gradloom train: " + scratch.path("config") + ": /cell: no cell \"gur\"; did you mean \"gru\"?");
  write_file(scratch.path("config"), R"({"dropout": 1})");
  check_refused(
      call({"train", "--model", m, "--config", scratch.path("config")}), 3,
      "gradloom train: " + scratch.path("config") + ": /dropout: dropout is 1 but at least 0 and below 1 is needed");
  std::string pipe = scratch.path("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  check_refused(call({"train", "--model", m, "--source-train", pipe, "--target-train", scratch.path("train.fr")}), 3,
                "gradloom train: " + pipe + ": is a pipe, but it is read more than once; a file is needed");
  write_file(scratch.path("valid.fr"), "ab\xff\n");
  check_refused(call(train_arguments(scratch, m)), 3,
                "gradloom train: " + scratch.path("valid.fr") + ", line 1: byte 3 (0xFF) is not UTF-8");
  std::filesystem::remove(scratch.path("train.fr"));
  check_refused(call(train_arguments(scratch, m)), 3,
                "gradloom train: " + scratch.path("train.fr") + ": No such file or directory");
  CHECK(!std::filesystem::exists(m));
}

TEST_CASE("cli/train: a model that another process trains is neither trained nor replaced") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  ModelFiles files(scratch.path("m"));
  CHECK(call(train_arguments(scratch, files.folder(), {"--epochs", "1", "--quiet"})).code == 0);
  std::string partial = files.folder() + "/weights.safetensors.partial-1-1";
  write_file(partial, "what the other process is writing");
  std::string refusal = "gradloom train: " + files.training() + ": another process trains this model now";
  {
    FolderLock other(files.training());
    check_refused(call({"train", "--model", files.folder(), "--resume"}), 2, refusal);
    CHECK(std::filesystem::exists(partial));
    check_refused(call(train_arguments(scratch, files.folder(), {"--overwrite"})), 2, refusal);
  }
  CHECK(call({"train", "--model", files.folder(), "--resume", "--quiet"}).code == 0);
  CHECK(!std::filesystem::exists(partial));
  write_file(partial, "what a process wrote that was killed");
  CHECK(call(train_arguments(scratch, files.folder(), {"--overwrite", "--quiet", "--epochs", "1"})).code == 0);
  CHECK(!std::filesystem::exists(partial));
}

TEST_CASE("cli/train: going on needs a config.json that names the corpus") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  ModelFiles files(scratch.path("m"));
  CHECK(call(train_arguments(scratch, files.folder(), {"--epochs", "1", "--quiet"})).code == 0);
  write_file(files.config(), "{}");
  check_refused(call({"train", "--model", files.folder(), "--resume"}), 3,
                "gradloom train: " + files.config() + ": source_train and target_train are needed to go on");
}

TEST_CASE("cli/train: a vocabulary that is not the module's is refused") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  ModelFiles files(scratch.path("m"));
  CHECK(call(train_arguments(scratch, files.folder(), {"--epochs", "1", "--quiet"})).code == 0);
  std::string whole = read_file(files.target_vocabulary(), 1 << 20);
  std::size_t words = lines_in(whole);
  write_file(files.target_vocabulary(), "<padding>\n<unknown>\n<end>\nchat\n");
  std::string refusal = files.target_vocabulary() + " has 4 tokens but \"target_embedding/table\" of the module has " +
                        std::to_string(words) + " rows";
  check_refused(call({"translate", "--model", files.folder()}, "w1\n"), 3, "gradloom translate: " + refusal);
  check_refused(call({"train", "--resume", "--model", files.folder()}), 3, "gradloom train: " + refusal);
}

TEST_CASE("cli/train: signals write a checkpoint and exit with 130") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  ModelFiles files(scratch.path("m"));
  CHECK(call(train_arguments(scratch, files.folder(), {"--epochs", "1", "--quiet", "--patience", "0"})).code == 0);
  for (const char* signal : {"INT", "TERM"}) {
    auto updates = [&] { return parse_position(read_file(files.position(), 1 << 20), "position.json").update; };
    auto before = updates();
    // A slow machine needs longer until its first update.
    for (int seconds = 1; updates() == before && seconds <= 64; seconds *= 2) {
      std::string command = std::string("timeout --preserve-status -s ") + signal + " " + std::to_string(seconds) +
                            " " + GRADLOOM_BINARY_DIR + "/gradloom train --resume --quiet --epochs 1000000 --model " +
                            files.folder();
      int status = ::system(command.c_str());
      CHECK(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) == 130);
    }
    CHECK(updates() > before);
  }
}

TEST_CASE("cli/translate: a line for a line, n-best lists and alignments") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  std::string m = scratch.path("m");
  CHECK(call(train_arguments(scratch, m, {"--epochs", "1", "--quiet"})).code == 0);
  std::string lines = "w1 w2\n\n  \nw3\r\nnever seen\nw4 w5 w6 w7";
  Called greedy = call({"translate", "--model", m}, lines);
  CHECK(greedy.code == 0);
  CHECK(greedy.err == "");
  CHECK(lines_in(greedy.out) == 6);
  CHECK(call({"translate", "--model", m, "--beam", "1"}, lines).out == greedy.out);
  CHECK(call({"translate", "--model", m, "--threads", "3"}, lines).out == greedy.out);
  CHECK(call({"translate", "--model", m}, "").out == "");
  CHECK(call({"translate", "--model", m}, "\n").out == "\n");

  std::string alignments = scratch.path("alignments");
  Called beam = call({"translate", "--model", m, "--beam", "3", "--alignments", alignments}, lines);
  CHECK(lines_in(beam.out) == 6);
  CHECK(lines_in(read_file(alignments, 1 << 20)) == 6);
  CHECK(call({"translate", "--model", m, "--heatmap", alignments}, "\nw1 w2\n").code == 0);
  std::string picture = read_file(alignments, 1 << 20);
  CHECK(picture.find("<svg") != std::string::npos);
  CHECK(picture.find("w2") != std::string::npos);
  check_refused(call({"translate", "--model", m, "--maximum-length", "2"}, "w1\nw1 w2 w3\n"), 3,
                "gradloom translate: line 2 has 3 tokens, more than the 2 that are translated at once");
  Called list = call({"translate", "--model", m, "--n-best", "2"}, "w1 w2\nw3\n");
  CHECK(lines_in(list.out) == 4);
  CHECK(list.out.starts_with("0 ||| "));
  CHECK(list.out.find("\n1 ||| ") != std::string::npos);
  CHECK(list.out.find(" ||| F0= -") != std::string::npos);

  check_refused(call({"translate", "--model", m, "--beam", "2", "--n-best", "3"}), 2,
                "gradloom translate: --n-best 3 needs a beam of as many, not 2");
  check_refused(call({"translate", "--model", scratch.path("none")}), 3,
                "gradloom translate: no model at " + scratch.path("none") + ": there is no such file or folder");
  Called broken = call({"translate", "--model", m}, "w1\ncaf\xe9\n");
  CHECK(broken.code == 3);
  CHECK(lines_in(broken.out) == 1);
  CHECK(broken.err == "gradloom translate: standard input, line 2: byte 4 (0xE9) is not UTF-8\n");
  std::filesystem::remove(m + "/weights.safetensors");
  check_refused(call({"translate", "--model", m}), 3,
                "gradloom translate: no parameters in " + m + ": it has no weights.safetensors");

  std::string plain = scratch.path("plain");
  CHECK(call(train_arguments(scratch, plain, {"--epochs", "1", "--quiet", "--attention", "none"})).code == 0);
  check_refused(call({"translate", "--model", plain, "--replace-unknown"}), 2,
                "gradloom translate: --replace-unknown: the model in " + plain + " has no attention");
  check_refused(call({"translate", "--model", plain, "--alignments", alignments}), 2,
                "gradloom translate: --alignments: the model in " + plain + " has no attention");
}

TEST_CASE("cli/evaluate: BLEU with its signature, and perplexity") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  write_small_corpus(scratch);
  std::string m = scratch.path("m"), source = scratch.path("valid.en"), reference = scratch.path("valid.fr");
  CHECK(call(train_arguments(scratch, m, {"--epochs", "1", "--quiet"})).code == 0);
  Called json = call({"evaluate", "--model", m, "--source", source, "--reference", reference, "--json"});
  CHECK(json.code == 0);
  JsonDocument document = JsonDocument::parse(json.out, "json");
  CHECK(document.root().at("signature").as_string() == "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp");
  CHECK(document.root().at("perplexity").as_number() > 1);
  std::string translations = call({"translate", "--model", m}, read_file(source, 1 << 20)).out;
  JsonDocument bleu = JsonDocument::parse(call({"bleu", reference, "--json"}, translations).out, "bleu");
  CHECK(document.root().at("bleu").as_number() == bleu.root().at("bleu").as_number());
  CHECK(document.root().at("chrf").as_number() == bleu.root().at("chrf").as_number());
  CHECK(document.root().at("chrf_signature").as_string() == bleu.root().at("chrf_signature").as_string());
  Called text = call({"evaluate", "--model", m, "--source", source, "--reference", reference});
  CHECK(text.out.starts_with("BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp = "));
  CHECK_MESSAGE(text.out.find("\nchrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no = ") != std::string::npos,
                text.out);
  CHECK(text.out.find("\nperplexity = ") != std::string::npos);
  for (const char* command : {"evaluate", "report"}) {
    std::vector<std::string> arguments{command, "--model", m, "--source", source, "--reference", reference};
    arguments.insert(arguments.end(), {"--maximum-length", "5"});
    Called refused = call(arguments);
    CHECK(refused.code == 3);
    CHECK_MESSAGE(refused.err.starts_with(std::string("gradloom ") + command + ": " + source + ", line "), refused.err);
    CHECK(refused.err.ends_with(" has 6 tokens, more than the 5 that are translated at once\n"));
    arguments.back() = "6";
    CHECK(call(arguments).code == 0);
  }
  write_file(reference, "one\n");
  check_refused(call({"evaluate", "--model", m, "--source", source, "--reference", reference}), 3,
                "gradloom evaluate: " + source + " has 20 lines but " + reference +
                    " has 1; line N of one must translate line N of the other");
}

TEST_CASE("cli/bench: losses as JSON, and wrong usage") {
  if (!command_is_built()) return;
  std::vector<std::string> sizes{"bench", "--embedding", "4", "--hidden",        "4", "--vocabulary",
                                 "9",     "--batch",     "3", "--source-length", "4", "--target-length",
                                 "5",     "--losses",    "3", "--json"};
  Called called = call(sizes);
  CHECK(called.code == 0);
  JsonDocument document = JsonDocument::parse(called.out, "json");
  CHECK(document.root().at("losses").size() == 3);
  CHECK(document.root().at("gradient_norms").size() == 3);
  check_refused(call({"bench", "--size", "X"}), 2, "gradloom bench: --size X: S, M, L can be chosen");
  check_refused(call({"bench", "--vocabulary", "3"}), 2,
                "gradloom bench: --vocabulary 3: at least 4 is needed, or 0 for the size's");
  sizes[6] = "4";
  CHECK(call(sizes).code == 0);
}

TEST_CASE("cli/bench: a profile and a trace") {
  if (!command_is_built()) return;
  ScratchFolder scratch;
  std::string trace = scratch.path() + "/trace.json";
  Called called = call({"bench", "--embedding", "4", "--hidden", "4", "--vocabulary", "9", "--batch", "3",
                        "--source-length", "4", "--target-length", "5", "--steps", "2", "--profile", "--trace", trace});
  CHECK(called.code == 0);
  CHECK_MESSAGE(called.out.find("\n2 runs, ") != std::string::npos, called.out);
  JsonDocument document = JsonDocument::parse(read_file(trace, 1 << 24), "trace");
  CHECK(document.root().at("traceEvents").size() > 100);
}

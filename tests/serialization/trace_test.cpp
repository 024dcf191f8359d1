// The trace of a profile, read back as JSON.
#include "serialization/trace.h"

#include <doctest/doctest.h>

#include "ops/ops.h"
#include "runtime/session.h"
#include "serialization/json_reader.h"

using namespace gradloom;

TEST_CASE("serialization/trace: one complete event a call, the rest counted") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {2, 2});
  f.output("y", matmul(matmul(x, x), x));
  Session session(module);
  Profile profile(1);
  session.record(&profile);
  session.run("f", {{"x", Tensor(DType::float32, {2, 2})}});
  JsonDocument document = JsonDocument::parse(trace_json(profile), "trace");
  CHECK(document.root().at("otherData").at("calls_left_out").as_int64() == 1);
  auto events = document.root().at("traceEvents").elements();
  REQUIRE(events.size() == 1);
  CHECK(events[0].at("name").as_string() == "dot_general");
  CHECK(events[0].at("ph").as_string() == "X");
  CHECK(events[0].at("ts").as_number() == 0);
  CHECK(events[0].at("dur").as_number() >= 0);
  CHECK(events[0].at("args").at("shapes").as_string() == "[2, 2] [2, 2] -> [2, 2]");
  CHECK(trace_json(Profile(1)).find("\"traceEvents\": [\n]") != std::string::npos);
}

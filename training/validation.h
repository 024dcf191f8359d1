// The loss of a model on sentences that it is not trained on.
#pragma once

#include <functional>
#include <optional>

#include "runtime/session.h"
#include "text/id_pairs.h"

namespace gradloom {

/// The mean loss over all target tokens, end tokens counted, by the module's function `loss`; nothing when `stop`,
/// asked between batches, said so.
std::optional<double> validation_loss(Session& session, const IdPairs& pairs, const std::function<bool()>& stop = {});

}  // namespace gradloom

// A function as one self-contained HTML page: nested boxes that open and close, lines between them, and a search.
#pragma once

#include <string>

#include "serialization/graph_outline.h"

namespace gradloom {

/// The page needs nothing beside itself and asks nothing of the network.
std::string graph_page(const GraphOutline& outline);

/// What makes the page move (graph_page_script.cpp).
std::string_view graph_page_script();

}  // namespace gradloom

// Loops over the indices of a shape.
#include "tests/op_samples/indexed.h"

#include <map>

namespace gradloom::op_samples {

namespace {

std::size_t place_of(const Shape& shape, const Shape& index) {
  std::size_t place = 0;
  for (std::size_t i = 0; i < shape.size(); ++i)
    place = place * static_cast<std::size_t>(shape[i]) + static_cast<std::size_t>(index[i]);
  return place;
}

}  // namespace

double at(const Array& array, const Shape& index) { return array.values.at(place_of(array.shape, index)); }
double& at(Array& array, const Shape& index) { return array.values.at(place_of(array.shape, index)); }

void each_index(const Shape& shape, const std::function<void(const Shape&)>& f) {
  if (element_count(shape) == 0) return;
  Shape index(shape.size());
  while (true) {
    f(index);
    std::size_t i = shape.size();
    while (i > 0 && ++index[i - 1] == shape[i - 1]) index[--i] = 0;
    if (i == 0) return;
  }
}

Array array_of(Shape shape, const std::function<double(const Shape&)>& f) {
  Array array{std::move(shape), {}};
  each_index(array.shape, [&](const Shape& index) { array.values.push_back(f(index)); });
  return array;
}

Reference einsum(std::string inputs, std::string result) {
  std::vector<std::string> terms(1);
  for (char c : inputs) {
    if (c == ',')
      terms.emplace_back();
    else
      terms.back() += c;
  }
  return [=](const Arrays& x) -> Arrays {
    std::map<char, std::int64_t> sizes;
    for (std::size_t t = 0; t < terms.size(); ++t)
      for (std::size_t i = 0; i < terms[t].size(); ++i) sizes[terms[t][i]] = x[t].shape[i];
    std::string letters = result;
    for (const auto& [letter, size] : sizes)
      if (result.find(letter) == std::string::npos) letters += letter;
    auto of = [&](const std::string& wanted, const Shape& index) {
      Shape own;
      for (char letter : wanted) own.push_back(index[letters.find(letter)]);
      return own;
    };
    Shape shape, all;
    for (char letter : result) shape.push_back(sizes[letter]);
    for (char letter : letters) all.push_back(sizes[letter]);
    Array y = array_of(shape, [](const Shape&) { return 0.0; });
    each_index(all, [&](const Shape& index) {
      double product = 1;
      for (std::size_t t = 0; t < terms.size(); ++t) product *= at(x[t], of(terms[t], index));
      at(y, of(result, index)) += product;
    });
    return {y};
  };
}

}  // namespace gradloom::op_samples

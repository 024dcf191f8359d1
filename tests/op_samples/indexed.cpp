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
  std::size_t comma = inputs.find(',');
  std::string a = inputs.substr(0, comma), b = inputs.substr(comma + 1);
  return [=](const Arrays& x) -> Arrays {
    std::map<char, std::int64_t> sizes;
    for (std::size_t i = 0; i < a.size(); ++i) sizes[a[i]] = x[0].shape[i];
    for (std::size_t i = 0; i < b.size(); ++i) sizes[b[i]] = x[1].shape[i];
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
    each_index(
        all, [&](const Shape& index) { at(y, of(result, index)) += at(x[0], of(a, index)) * at(x[1], of(b, index)); });
    return {y};
  };
}

}  // namespace gradloom::op_samples

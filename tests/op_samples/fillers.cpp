// Random elements of samples.
#include "tests/op_samples/fillers.h"

#include <cmath>
#include <utility>

#include "tensor/random.h"

namespace gradloom::op_samples {

double Random::uniform() { return splitmix_uniform(seed_, drawn_++); }

double Random::normal() { return inverse_normal(uniform() * (1 - 1e-6) + 5e-7); }

std::int64_t Random::below(std::int64_t bound) {
  if (bound <= 0) throw NothingToFill();
  return static_cast<std::int64_t>(uniform() * static_cast<double>(bound));
}

namespace {

Filled drawn(Dims shape, Element element, std::function<double(Random&, const Binding&)> draw) {
  return {std::move(shape), element, std::move(draw)};
}

template <class T>
Filled listed(std::vector<T> values, Dims shape, Element element) {
  Filled filled{std::move(shape), element, {}};
  filled.draw_all = [values = std::move(values)](std::size_t count, Random&) {
    std::vector<double> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(static_cast<double>(values[i % values.size()]));
    return all;
  };
  return filled;
}

}  // namespace

Filled normal(Dims shape) {
  return drawn(std::move(shape), Element::number, [](Random& random, const Binding&) { return random.normal(); });
}

Filled between(double low, double high, Dims shape) {
  return drawn(std::move(shape), Element::number,
               [=](Random& random, const Binding&) { return low + (high - low) * random.uniform(); });
}

Filled positive(Dims shape) { return between(0.5, 2.5, std::move(shape)); }

Filled away_from(double point, Dims shape) {
  return drawn(std::move(shape), Element::number, [=](Random& random, const Binding&) {
    double x = random.normal();
    return point + std::copysign(0.1 + std::abs(x), x);
  });
}

Filled distinct(Dims shape) {
  Filled filled{std::move(shape), Element::number, {}};
  filled.draw_all = [](std::size_t count, Random& random) {
    std::vector<double> all;
    double middle = static_cast<double>(count) / 2;
    for (std::size_t i = 0; i < count; ++i)
      all.push_back((static_cast<double>(i) - middle) * 0.125 + 0.02 * random.uniform());
    for (std::size_t i = count; i > 1; --i)
      std::swap(all[i - 1], all[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
    return all;
  };
  return filled;
}

Filled whole(std::int64_t low, std::int64_t high, Dims shape) {
  return drawn(std::move(shape), Element::number,
               [=](Random& random, const Binding&) { return static_cast<double>(low + random.below(high - low + 1)); });
}

Filled exactly(std::vector<double> values, Dims shape) {
  return listed(std::move(values), std::move(shape), Element::number);
}

Filled indices_below(Dim bound, Dims shape) {
  return drawn(std::move(shape), Element::index, [bound](Random& random, const Binding& sizes) {
    return static_cast<double>(random.below(bound.evaluate(sizes)));
  });
}

Filled signed_indices_below(Dim bound, Dims shape) {
  return drawn(std::move(shape), Element::index, [bound](Random& random, const Binding& sizes) {
    std::int64_t size = bound.evaluate(sizes);
    return static_cast<double>(random.below(2 * size) - size);
  });
}

Filled indices(std::vector<std::int64_t> values, Dims shape) {
  return listed(std::move(values), std::move(shape), Element::index);
}

Filled flags(Dims shape) {
  return drawn(std::move(shape), Element::flag,
               [](Random& random, const Binding&) { return random.uniform() < 0.6 ? 1.0 : 0.0; });
}

Filled exact_flags(std::vector<bool> values, Dims shape) {
  return listed(std::move(values), std::move(shape), Element::flag);
}

}  // namespace gradloom::op_samples

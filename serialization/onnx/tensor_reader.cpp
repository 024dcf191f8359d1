// Reading of one TensorProto, as declared in tensor_reader.h: once for what is said of it, once for its elements.
#include "serialization/onnx/tensor_reader.h"

#include <limits>

#include "serialization/onnx/onnx_tensor.h"
#include "serialization/tensor_bytes.h"
#include "serialization/utf8.h"

namespace gradloom::onnx {

namespace {

// The fields in which elements may stand.
constexpr std::uint32_t float_data = 4, int32_data = 5, string_data = 6, int64_data = 7, raw_data = 9, double_data = 10,
                        uint64_data = 11;

std::uint32_t listing_field(ElementType type) {
  switch (type) {
    case ElementType::float32:
    case ElementType::complex64:
      return float_data;
    case ElementType::float64:
    case ElementType::complex128:
      return double_data;
    case ElementType::int64:
      return int64_data;
    case ElementType::uint32:
    case ElementType::uint64:
      return uint64_data;
    case ElementType::text:
      return string_data;
    default:
      return int32_data;
  }
}

// Numbers of a listing field that make one element.
std::int64_t numbers_of_element(ElementType type) {
  return type == ElementType::complex64 || type == ElementType::complex128 ? 2 : 1;
}

// The least and the largest number that a varint of a narrow type holds; float16 and bfloat16 are 16 bits.
std::pair<std::int64_t, std::int64_t> number_range(ElementType type) {
  switch (type) {
    case ElementType::boolean:
      return {0, 1};
    case ElementType::int8:
      return {-128, 127};
    case ElementType::uint8:
      return {0, 255};
    case ElementType::int16:
      return {-32768, 32767};
    case ElementType::uint16:
    case ElementType::float16:
    case ElementType::bfloat16:
      return {0, 65535};
    case ElementType::uint32:
      return {0, std::numeric_limits<std::uint32_t>::max()};
    default:
      return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  }
}

// The elements of one tensor while they are read.
class Elements {
 public:
  Elements(Tensor& out, const std::string& who, std::int64_t count, std::size_t width)
      : out_(out), who_(who), needed_(count * numbers_of_element(out.type)), width_(width) {}

  void read(const WireReader& in) {
    bool listed = in.field() == listing_field(out_.type) && !is_raw_;
    in.check(listed || is_empty(in), who_, ": elements of ", name_of(out_.type), " also in field ", in.field());
    if (!listed) return;
    switch (in.field()) {
      case float_data:
        return in.each_fixed<4>([&](const std::byte* number) { add(number, 4); });
      case double_data:
        return in.each_fixed<8>([&](const std::byte* number) { add(number, 8); });
      case string_data:
        if (++numbers_ <= needed_) out_.texts.emplace_back(in.any_text());
        return;
      case int32_data:
        return in.each_number([&](std::uint64_t number) {
          add_number(in, static_cast<std::int32_t>(static_cast<std::uint32_t>(number)));
        });
      default:
        return in.each_number([&](std::uint64_t number) { add_number(in, static_cast<std::int64_t>(number)); });
    }
  }

  void read_raw(const WireReader& in) {
    is_raw_ = true;
    in.check(out_.type != ElementType::text, who_, ": raw bytes of STRING, which has none");
    auto bytes = static_cast<std::uint64_t>(needed_) * width_;
    in.check(in.bytes().size() == bytes, who_, ": ", in.bytes().size(), " bytes of elements, but its shape takes ",
             bytes);
    out_.bytes.assign(in.bytes().begin(), in.bytes().end());
  }

  void finish(const WireReader& in) const {
    in.check(is_raw_ || numbers_ == needed_, who_, ": ", numbers_, " numbers, but its shape takes ", needed_);
  }

 private:
  static bool is_empty(const WireReader& in) {
    return in.holds_bytes() && in.bytes().empty() && in.field() != string_data;
  }

  // What is more than needed is only counted.
  void add(const std::byte* number, std::size_t size) {
    if (++numbers_ <= needed_) out_.bytes.insert(out_.bytes.end(), number, number + size);
  }

  void add_number(const WireReader& in, std::int64_t number) {
    auto [least, largest] = number_range(out_.type);
    in.check(least <= number && number <= largest, who_, ": the element ", number, " of ", name_of(out_.type));
    add(reinterpret_cast<const std::byte*>(&number), width_);
  }

  Tensor& out_;
  const std::string& who_;
  std::int64_t needed_, numbers_ = 0;
  std::size_t width_;  // bytes of a number
  bool is_raw_ = false;
};

}  // namespace

Tensor TensorReader::read(WireReader in) {
  Tensor out;
  WireReader again = in, raw = in;
  bool is_raw = false, is_elsewhere = false, is_segment = false;
  while (in.next()) switch (in.field()) {
      case 1:
        in.each_number([&](std::uint64_t size) {
          in.check(out.dims.size() < limits_.rank, "a tensor of more axes than the limit of ", limits_.rank);
          out.dims.push_back(static_cast<std::int64_t>(size));
        });
        break;
      case 2:
        out.type = static_cast<ElementType>(in.short_integer());
        break;
      case 3:
        is_segment = true;
        break;
      case 8:
        out.name = in.text();
        break;
      case raw_data:
        in.check(!is_raw, "raw bytes a second time");
        is_raw = true;
        raw = in;
        break;
      case 13:
        is_elsewhere = true;
        break;
      case 14:
        is_elsewhere |= in.short_integer() != 0;
        break;
    }
  std::string who = concat_text("tensor \"", shown_text(out.name), "\"");
  in.check(!is_elsewhere, who, ": its elements are in another file, which is not read");
  in.check(!is_segment, who, ": a segment of a tensor, which is not read");
  std::optional<std::size_t> size = element_bytes(out.type);
  in.check(size || out.type == ElementType::text, who, ": elements of the type ", static_cast<int>(out.type),
           ", which is none");
  std::int64_t count = 1;
  bool is_empty = false;
  for (std::int64_t axis : out.dims) {
    in.check(axis >= 0, who, ": the size ", axis, " of an axis");
    is_empty |= axis == 0;
    if (axis == 0) continue;
    // Without elements too: other files that hold the tensor count like this. Both factors are at most 2^62, and so is
    // what passes.
    in.check(count <= limits_.elements / axis, who, ": more than ", limits_.elements,
             " elements, the limit of all tensors together");
    count *= axis;
  }
  if (is_empty) count = 0;
  elements_ += count;
  in.check(elements_ <= limits_.elements, who, ": with it more than ", limits_.elements,
           " elements, the limit of all tensors together");

  Elements elements(out, who, count, size.value_or(0) / static_cast<std::size_t>(numbers_of_element(out.type)));
  if (is_raw) elements.read_raw(raw);
  while (again.next())
    if ((again.field() >= float_data && again.field() <= int64_data) || again.field() == double_data ||
        again.field() == uint64_data)
      elements.read(again);
  elements.finish(again);
  if (out.type == ElementType::boolean) check_bool_bytes(out.bytes, concat_text(in.file_name(), ": ", who, ": "));
  return out;
}

}  // namespace gradloom::onnx

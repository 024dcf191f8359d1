// The .npy format, as declared in npy.h: magic, version, length, a Python dict as text, the elements.
#include "serialization/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>

#include "serialization/byte_source.h"
#include "serialization/file.h"
#include "serialization/tensor_bytes.h"
#include "serialization/utf8.h"

static_assert(std::endian::native == std::endian::little, "elements are written in the order of memory, as '<'");

namespace gradloom {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
// What version 1.0 can say; a longer header describes a record type, which no tensor holds.
constexpr std::uint64_t max_header_bytes = 65535;

constexpr std::string_view descr_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "<f4";
    case DType::float64:
      return "<f8";
    case DType::int32:
      return "<i4";
    case DType::int64:
      return "<i8";
    case DType::boolean:
      return "|b1";
  }
  return "";
}

// What the header says.
struct Header {
  std::string descr;
  DType dtype = DType::float32;
  bool swapped = false;
  bool fortran_order = false;
  Shape shape;
  std::uint64_t data_begin = 0;
};

// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`: a dict with these three keys in any order.
class HeaderParser {
 public:
  HeaderParser(const ByteSource& source, std::string_view text) : source_(source), text_(text) {}

  Header parse() {
    expect('{');
    while (!take('}')) {
      parse_item();
      if (take(',')) continue;
      expect('}', "\",\" or \"}\"");
      break;
    }
    std::size_t rest = text_.find_first_not_of(' ', at_);
    // numpy.save ends the header with one newline behind the spaces.
    if (rest != std::string_view::npos && !(text_[rest] == '\n' && rest + 1 == text_.size())) {
      at_ = rest;
      fail("the end");
    }
    for (std::size_t i = 0; i < keys.size(); ++i) source_.check(seen_[i], "header: the key '", keys[i], "' is missing");
    return std::move(header_);
  }

 private:
  static constexpr std::array<std::string_view, 3> keys{"descr", "fortran_order", "shape"};

  [[noreturn]] void fail(std::string_view expected) const {
    std::string_view rest = text_.substr(at_);
    std::string found = rest.empty() ? "the end" : concat_text('"', shown_text(rest, 10), '"');
    throw UserError(
        concat_text(source_.name, ": header: character ", at_ + 1, ": ", expected, " was expected, not ", found),
        Fault::input);
  }

  void skip_spaces() { at_ = std::min(text_.find_first_not_of(' ', at_), text_.size()); }

  bool take(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c, std::string_view what = "") {
    if (!take(c)) fail(what.empty() ? concat_text('"', c, '"') : std::string(what));
  }

  bool take_word(std::string_view word) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string_view parse_string() {
    skip_spaces();
    char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') fail("a string");
    std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a string that ends");
    std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inside;
  }

  void parse_item() {
    skip_spaces();
    std::size_t start = at_;
    std::string_view key = parse_string();
    auto known = std::find(keys.begin(), keys.end(), key);
    if (known == keys.end()) {
      at_ = start;
      fail("'descr', 'fortran_order' or 'shape'");
    }
    bool& seen = seen_[static_cast<std::size_t>(known - keys.begin())];
    source_.check(!seen, "header: the key '", key, "' occurs twice");
    seen = true;
    expect(':');
    if (key == "descr")
      parse_descr();
    else if (key == "shape")
      parse_shape();
    else
      parse_order();
  }

  void parse_descr() {
    header_.descr = parse_string();
    bool known = false;
    for (DType dtype : {DType::float32, DType::float64, DType::int32, DType::int64, DType::boolean}) {
      std::string swapped(descr_of(dtype));
      if (swapped[0] == '<') swapped[0] = '>';
      if (header_.descr != descr_of(dtype) && header_.descr != swapped) continue;
      known = true;
      header_.dtype = dtype;
      header_.swapped = header_.descr[0] == '>';
    }
    source_.check(known, "elements of type '", shown_text(header_.descr),
                  "'; a tensor can hold '<f4', '<f8', '<i4', '<i8', the same with '>', and '|b1'");
  }

  void parse_order() {
    if (take_word("True"))
      header_.fortran_order = true;
    else if (!take_word("False"))
      fail("True or False");
  }

  void parse_shape() {
    expect('(');
    bool comma = true;
    while (!take(')')) {
      if (!comma) fail("\",\" or \")\"");
      source_.check(header_.shape.size() < max_file_rank, "header: more than ", max_file_rank, " axes");
      header_.shape.push_back(parse_size());
      comma = take(',');
    }
    // (3) is a number in Python; a tuple of one is (3,).
    if (header_.shape.size() == 1 && !comma) {
      --at_;
      fail("\",\"");
    }
  }

  std::int64_t parse_size() {
    skip_spaces();
    std::string_view rest = text_.substr(at_);
    std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    std::int64_t size = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + digits, size);
    if (error != std::errc{} || (rest[0] == '0' && digits > 1)) fail("a size from 0 to 9223372036854775807");
    at_ += digits;
    return size;
  }

  const ByteSource& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::array<bool, keys.size()> seen_{};
  Header header_;
};

Header read_header(const ByteSource& source) {
  std::array<char, 12> start{};
  auto known = static_cast<std::size_t>(std::min<std::uint64_t>(start.size(), source.size));
  source.read_at(0, std::as_writable_bytes(std::span(start)).first(known));
  std::string_view begin(start.data(), known);
  source.check(begin.starts_with(magic), "the file begins with \"", shown_text(begin.substr(0, 6), 24),
               "\", not with \"", shown_text(magic), "\"");
  source.check(known >= 10, known, " bytes, but the beginning of a .npy file takes at least 10");
  int major = begin[6], minor = begin[7];
  source.check(major >= 1 && major <= 3 && minor == 0, "version ", major, ".", minor,
               "; versions 1.0, 2.0 and 3.0 can be read");
  std::uint64_t length_bytes = major == 1 ? 2 : 4;
  source.check(known >= 8 + length_bytes, known, " bytes, but the beginning of a .npy file of version ", major,
               ".0 takes 12");
  std::uint64_t length = 0;
  std::memcpy(&length, start.data() + 8, length_bytes);
  std::uint64_t follow = source.size - 8 - length_bytes;
  source.check(length <= max_header_bytes, "a header of ", length, " bytes, more than the limit of ", max_header_bytes);
  source.check(length <= follow, "a header of ", length, " bytes, but only ", follow, " follow its length");
  std::string text(length, ' ');
  source.read_at(8 + length_bytes, std::as_writable_bytes(std::span(text)));
  Header header = HeaderParser(source, text).parse();
  header.data_begin = 8 + length_bytes + length;
  return header;
}

template <class Element>
void swap_bytes(std::span<std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(Element))
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + sizeof(Element)));
}

// The elements of `from`, whose first axis runs fastest, in row-major order.
template <class Element>
Tensor row_major(const Tensor& from) {
  Tensor to(from.dtype(), from.shape());
  auto source = from.values<Element>();
  auto target = to.template mutable_values<Element>();
  const Shape& shape = from.shape();
  std::vector<std::size_t> index(shape.size()), stride(shape.size());
  std::size_t step = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    stride[axis] = step;
    step *= static_cast<std::size_t>(shape[axis]);
  }
  std::size_t offset = 0;
  for (Element& element : target) {
    element = source[offset];
    // The next index, the last axis first; an axis that is through begins again.
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      offset += stride[axis];
      if (++index[axis] < static_cast<std::size_t>(shape[axis])) break;
      offset -= stride[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return to;
}

Tensor read_from(const ByteSource& source, std::uint64_t limit) {
  Header header = read_header(source);
  auto bytes = byte_count(header.shape, size_of(header.dtype));
  source.check(bytes.has_value(), "'", header.descr, "' ", shape_text(header.shape),
               " has more bytes than a machine can address");
  std::uint64_t follow = source.size - header.data_begin;
  source.check(*bytes == follow, "'", header.descr, "' ", shape_text(header.shape), " takes ", *bytes, " bytes, but ",
               follow, " follow the header");
  source.check(*bytes <= limit, *bytes, " bytes of elements, more than the limit of ", limit);
  Tensor tensor(header.dtype, header.shape);
  std::span<std::byte> elements(static_cast<std::byte*>(tensor.mutable_data()), tensor.bytes());
  source.read_at(header.data_begin, elements);
  if (header.dtype == DType::boolean) check_bool_bytes(elements, concat_text(source.name, ": "));
  return visit(header.dtype, [&]<class Element>() {
    if (header.swapped) swap_bytes<Element>(elements);
    return header.fortran_order ? row_major<Element>(tensor) : tensor;
  });
}

std::string header_of(const Tensor& tensor) {
  std::vector<std::string> sizes;
  for (std::int64_t size : tensor.shape()) sizes.push_back(std::to_string(size));
  std::string dict = concat_text("{'descr': '", descr_of(tensor.dtype()), "', 'fortran_order': False, 'shape': (",
                                 join(sizes), sizes.size() == 1 ? "," : "", "), }");
  // NumPy leaves room for the first size to grow to 21 digits in place, then pads to the next multiple of 64 bytes.
  if (!sizes.empty()) dict.resize(dict.size() + 21 - sizes[0].size(), ' ');
  std::size_t start = magic.size() + 4;
  dict.resize(((start + dict.size() + 1) / 64 + 1) * 64 - start - 1, ' ');
  dict += '\n';
  auto length = static_cast<std::uint16_t>(dict.size());
  std::string out = concat_text(magic, '\1', '\0');
  out.append(reinterpret_cast<const char*>(&length), 2);
  return out + dict;
}

}  // namespace

Tensor read_npy(const std::string& path, std::uint64_t limit) {
  FileReader file(path);
  return read_from(source_of(file), limit);
}

Tensor parse_npy(std::span<const std::byte> bytes, const std::string& name) {
  return read_from(source_of(bytes, name), bytes.size());
}

void write_npy(const std::string& path, const Tensor& tensor) {
  std::string header = header_of(tensor);
  std::array pieces{bytes_of(header), std::span(static_cast<const std::byte*>(tensor.data()), tensor.bytes())};
  write_file(path, pieces);
}

std::string npy_bytes(const Tensor& tensor) {
  return header_of(tensor).append(static_cast<const char*>(tensor.data()), tensor.bytes());
}

}  // namespace gradloom

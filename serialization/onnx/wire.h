// The wire format of protobuf, in which ONNX files are written: messages of numbered fields, each a varint, 4 or 8
// bytes of little-endian, or a length with as many bytes. Reading trusts nothing and copies nothing.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace gradloom::onnx {

static_assert(std::endian::native == std::endian::little, "numbers are written in the order of memory");

/// The bytes of a file, what its errors call it, and how many messages may stand inside each other. It must outlive
/// its readers.
struct WireFile {
  std::span<const std::byte> bytes;
  std::string name;
  int depth;
};

/// A number in the bytes of a file, wherever it begins.
template <class T>
T fixed_number(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// Walks through the fields of one message. Every error is a UserError (Fault::input) that says the byte of the file
/// and the message: groups, fields of number 0, what ends before its end, numbers of more than 64 bits, a field that
/// holds something else than it should.
class WireReader {
 public:
  WireReader(const WireFile& file, std::string_view message)
      : file_(&file), message_(message), end_(file.bytes.size()) {}

  /// Reads the next field whole; false at the end of the message.
  bool next();
  std::uint32_t field() const { return field_; }

  bool holds_bytes() const { return kind_ == Kind::bytes; }
  std::uint64_t number() const;
  std::int64_t integer() const { return static_cast<std::int64_t>(number()); }
  /// As protobuf reads int32 and enum: the low 32 bits.
  std::int32_t short_integer() const { return static_cast<std::int32_t>(static_cast<std::uint32_t>(number())); }
  float real() const;
  std::span<const std::byte> bytes() const;
  /// Bytes that must be UTF-8.
  std::string text() const;
  std::string_view any_text() const { return {reinterpret_cast<const char*>(bytes().data()), bytes().size()}; }
  /// The message that the field holds.
  WireReader message(std::string_view name) const;

  /// A repeated field, one element or packed: calls `take(number)`, or `take(pointer to width bytes)`.
  template <class Take>
  void each_number(const Take& take) const {
    if (kind_ == Kind::number) return take(value_);
    WireReader packed = *this;
    packed.enter();
    while (packed.at_ < packed.end_) take(packed.read_number());
  }
  template <std::size_t width, class Take>
  void each_fixed(const Take& take) const {
    static_assert(width == 4 || width == 8);
    if (kind_ == (width == 4 ? Kind::fixed4 : Kind::fixed8)) return take(content_.data());
    check(bytes().size() % width == 0, "field ", field_, " of ", content_.size(), " bytes, which is no multiple of ",
          width);
    for (std::size_t i = 0; i < content_.size(); i += width) take(content_.data() + i);
  }

  const std::string& file_name() const { return file_->name; }
  template <class... Parts>
  void check(bool condition, const Parts&... parts) const {
    if (!condition) fail(concat_text(parts...));
  }
  [[noreturn]] void fail(const std::string& what) const;

 private:
  enum class Kind : std::uint8_t { number = 0, fixed8 = 1, bytes = 2, fixed4 = 5 };

  std::uint64_t read_number();
  void take_bytes(std::uint64_t count);
  void expect(Kind kind) const;
  void enter();

  const WireFile* file_;
  std::string_view message_;
  std::size_t start_ = 0, at_ = 0, end_;  // of the field, of what is read next, of the message: bytes of the file
  int depth_ = 0;
  std::uint32_t field_ = 0;
  Kind kind_ = Kind::number;
  std::uint64_t value_ = 0;
  std::span<const std::byte> content_;
};

/// Writes fields in the order of the calls. A message is written twice, first to learn the sizes that stand in front of
/// the messages in it; see wire_bytes.
class WireWriter {
 public:
  /// Measures.
  WireWriter() = default;
  /// Writes what another one measured.
  explicit WireWriter(WireWriter&& measured) : sizes_(std::move(measured.sizes_)), writes_(true) {
    out_.reserve(measured.size_);
  }

  void integer(std::uint32_t field, std::int64_t value) {
    number((std::uint64_t{field} << 3) | 0);
    number(static_cast<std::uint64_t>(value));
  }
  void real(std::uint32_t field, float value);
  void bytes(std::uint32_t field, std::span<const std::byte> value);
  void text(std::uint32_t field, std::string_view value) { bytes(field, std::as_bytes(std::span(value))); }
  /// A text that is left out when it is empty.
  void optional_text(std::uint32_t field, std::string_view value) {
    if (!value.empty()) text(field, value);
  }
  void texts(std::uint32_t field, std::span<const std::string> values) {
    for (const std::string& value : values) text(field, value);
  }
  template <class Content>
  void message(std::uint32_t field, const Content& content) {
    std::size_t slot = next_size_++;
    if (writes_) {
      length(field, sizes_[slot]);
      content();
      return;
    }
    sizes_.push_back(0);
    std::uint64_t before = size_;
    content();
    sizes_[slot] = size_ - before;
    length(field, sizes_[slot]);
  }

  std::uint64_t size() const { return size_; }
  std::string take() { return std::move(out_); }

 private:
  void number(std::uint64_t value);
  void length(std::uint32_t field, std::uint64_t size) {
    number((std::uint64_t{field} << 3) | 2);
    number(size);
  }

  std::vector<std::uint64_t> sizes_;  // of the messages, in the order in which they begin
  std::size_t next_size_ = 0;
  std::uint64_t size_ = 0;
  std::string out_;
  bool writes_ = false;
};

/// What `content(writer)` writes. A UserError (Fault::system) when it is larger than protobuf's 2 GiB.
template <class Content>
std::string wire_bytes(const Content& content) {
  WireWriter measure;
  content(measure);
  require(measure.size() < std::uint64_t{1} << 31, Fault::system, "an ONNX file of ", measure.size(),
          " bytes; the format has at most 2147483647");
  WireWriter writer(std::move(measure));
  content(writer);
  return writer.take();
}

}  // namespace gradloom::onnx

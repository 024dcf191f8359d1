// Reading and writing of protobuf's wire format, as declared in wire.h.
#include "serialization/onnx/wire.h"

#include "serialization/utf8.h"

namespace gradloom::onnx {

void WireReader::fail(const std::string& what) const {
  throw UserError(concat_text(file_->name, ": byte ", start_, ", in ", message_, ": ", what), Fault::input);
}

std::uint64_t WireReader::read_number() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    check(at_ < end_, "a number that does not end");
    auto byte = static_cast<std::uint64_t>(file_->bytes[at_++]);
    check(shift < 63 || byte <= 1, "a number of more than 64 bits");
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

void WireReader::take_bytes(std::uint64_t count) {
  check(count <= end_ - at_, "field ", field_, " of ", count, " bytes, but ", end_ - at_, " follow");
  content_ = file_->bytes.subspan(at_, static_cast<std::size_t>(count));
  at_ += static_cast<std::size_t>(count);
}

bool WireReader::next() {
  if (at_ == end_) return false;
  start_ = at_;
  std::uint64_t tag = read_number();
  check(tag >> 3 != 0, "a field of number 0");
  check(tag >> 3 < std::uint64_t{1} << 29, "a field of number ", tag >> 3, ", above 536870911");
  field_ = static_cast<std::uint32_t>(tag >> 3);
  switch (tag & 7) {
    case 0:
      kind_ = Kind::number;
      value_ = read_number();
      break;
    case 1:
      kind_ = Kind::fixed8;
      take_bytes(8);
      break;
    case 2:
      kind_ = Kind::bytes;
      take_bytes(read_number());
      break;
    case 5:
      kind_ = Kind::fixed4;
      take_bytes(4);
      break;
    case 3:
    case 4:
      fail(concat_text("field ", field_, " is a group, which ONNX has none of"));
    default:
      fail(concat_text("field ", field_, " of the wire type ", tag & 7, ", which is unknown"));
  }
  return true;
}

void WireReader::expect(Kind kind) const {
  auto named = [](Kind k) {
    switch (k) {
      case Kind::number:
        return "a varint";
      case Kind::fixed8:
        return "8 bytes of fixed width";
      case Kind::fixed4:
        return "4 bytes of fixed width";
      case Kind::bytes:
        return "a length with bytes";
    }
    return "";
  };
  check(kind_ == kind, "field ", field_, " is ", named(kind_), ", not ", named(kind));
}

std::uint64_t WireReader::number() const {
  expect(Kind::number);
  return value_;
}

float WireReader::real() const {
  expect(Kind::fixed4);
  return fixed_number<float>(content_.data());
}

std::span<const std::byte> WireReader::bytes() const {
  expect(Kind::bytes);
  return content_;
}

std::string WireReader::text() const {
  std::string_view all = any_text();
  check(utf8_prefix(all) == all.size(), "field ", field_, " is no UTF-8: \"", shown_text(all), "\"");
  return std::string(all);
}

void WireReader::enter() {
  expect(Kind::bytes);
  end_ = at_;
  at_ -= content_.size();
}

WireReader WireReader::message(std::string_view name) const {
  WireReader inside = *this;
  inside.enter();
  check(depth_ < file_->depth, "more than ", file_->depth, " messages inside each other, the limit");
  ++inside.depth_;
  inside.message_ = name;
  return inside;
}

void WireWriter::number(std::uint64_t value) {
  do {
    auto low = static_cast<unsigned char>(value & 0x7f);
    value >>= 7;
    if (writes_) out_.push_back(static_cast<char>(value != 0 ? low | 0x80 : low));
    ++size_;
  } while (value != 0);
}

void WireWriter::real(std::uint32_t field, float value) {
  number((std::uint64_t{field} << 3) | 5);
  size_ += sizeof value;
  if (writes_) out_.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void WireWriter::bytes(std::uint32_t field, std::span<const std::byte> value) {
  length(field, value.size());
  size_ += value.size();
  if (writes_) out_.append(reinterpret_cast<const char*>(value.data()), value.size());
}

}  // namespace gradloom::onnx

// The safetensors format, as declared in safetensors.h: 8 bytes of header length, a JSON header, the packed data.
#include "serialization/safetensors.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "serialization/byte_source.h"
#include "serialization/file.h"
#include "serialization/json_reader.h"
#include "serialization/json_writer.h"
#include "serialization/tensor_bytes.h"
#include "serialization/utf8.h"

static_assert(std::endian::native == std::endian::little, "tensors are copied to and from little-endian files");

namespace gradloom {

namespace {

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t max_header_bytes = 100'000'000;
constexpr std::string_view metadata_key = "__metadata__";

constexpr std::string_view file_name_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "F32";
    case DType::float64:
      return "F64";
    case DType::int32:
      return "I32";
    case DType::int64:
      return "I64";
    case DType::boolean:
      return "BOOL";
  }
  return "";
}

std::optional<DType> dtype_from_file(std::string_view name) {
  for (DType dtype : {DType::float64, DType::float32, DType::int64, DType::int32, DType::boolean})
    if (file_name_of(dtype) == name) return dtype;
  return std::nullopt;
}

// A tensor as the header describes it.
struct Entry {
  std::string name;
  DType dtype;
  Shape shape;
  std::uint64_t begin;
  std::uint64_t end;

  std::string text() const { return concat_text("tensor \"", shown_text(name), "\""); }
};

struct Header {
  std::string text;
  std::uint64_t data_begin;
};

Header read_header(const ByteSource& source) {
  source.check(source.size >= length_bytes, source.size, " bytes, but the length of the header alone takes 8");
  std::uint64_t length = 0;
  source.read_at(0, std::as_writable_bytes(std::span(&length, 1)));
  source.check(length <= max_header_bytes, "a header of ", length, " bytes, more than the limit of ", max_header_bytes);
  source.check(length <= source.size - length_bytes, "a header of ", length, " bytes, but only ",
               source.size - length_bytes, " follow its length");
  std::string header(length, ' ');
  source.read_at(length_bytes, std::as_writable_bytes(std::span(header)));
  source.check(header.starts_with('{'), "the header begins with \"", shown_text(header, 8), "\", not with {");
  header.erase(header.find_last_not_of(' ') + 1);
  source.check(header.ends_with('}'), "the header ends with \"", shown_text(header.substr(header.size() - 1)),
               "\"; only spaces may follow its last }");
  return {std::move(header), length_bytes + length};
}

Entry read_entry(const ByteSource& source, std::string_view name, const JsonValue& description) {
  description.allow_keys({"dtype", "shape", "data_offsets"});
  std::string_view dtype_name = description.at("dtype").as_string();
  std::optional<DType> dtype = dtype_from_file(dtype_name);
  Entry entry{std::string(name), dtype.value_or(DType::float32), {}, 0, 0};
  source.check(dtype.has_value(), entry, " has dtype ", shown_text(dtype_name),
               "; a tensor can hold F64, F32, I64, I32 and BOOL");
  JsonValue shape = description.at("shape");
  if (shape.is_array() && shape.size() > max_file_rank)
    shape.refuse(shape.size(), " axes, more than the limit of ", max_file_rank);
  for (const JsonValue& size : shape.elements()) entry.shape.push_back(size.as_int64(0));
  JsonValue offsets = description.at("data_offsets");
  auto bounds = offsets.elements();
  if (bounds.size() != 2) offsets.refuse("2 offsets were expected, not ", bounds.size());
  entry.begin = static_cast<std::uint64_t>(bounds[0].as_int64(0));
  entry.end = static_cast<std::uint64_t>(bounds[1].as_int64(0));
  if (entry.end < entry.begin) offsets.refuse("the end ", entry.end, " is before the beginning ", entry.begin);
  auto bytes = byte_count(entry.shape, size_of(entry.dtype));
  source.check(bytes.has_value(), entry, ": ", dtype_name, " ", shape_text(entry.shape),
               " has more bytes than a machine can address");
  source.check(entry.end - entry.begin == *bytes, entry, ": ", dtype_name, " ", shape_text(entry.shape), " takes ",
               *bytes, " bytes, but data_offsets [", entry.begin, ", ", entry.end, "] hold ", entry.end - entry.begin);
  return entry;
}

// No hole, no overlap, nothing behind the last tensor.
void check_layout(const ByteSource& source, const std::vector<Entry>& entries, std::uint64_t data_bytes) {
  std::vector<const Entry*> by_offset;
  for (const Entry& entry : entries) by_offset.push_back(&entry);
  std::stable_sort(by_offset.begin(), by_offset.end(), [](const Entry* a, const Entry* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  const Entry* before = nullptr;
  for (const Entry* entry : by_offset) {
    std::uint64_t expected = before ? before->end : 0;
    source.check(entry->begin == expected, *entry, " begins at byte ", entry->begin, " of the data, but ",
                 before ? concat_text(*before, " ends at ", expected) : "it is the first and must begin at 0");
    before = entry;
  }
  std::uint64_t end = before ? before->end : 0;
  source.check(end == data_bytes, "the tensors take ", end, " bytes, but ", data_bytes, " follow the header");
}

Safetensors read_from(const ByteSource& source, std::uint64_t limit) {
  Header header = read_header(source);
  std::uint64_t data_bytes = source.size - header.data_begin;
  source.check(data_bytes <= limit, data_bytes, " bytes of tensors, more than the limit of ", limit);
  Safetensors content;
  std::vector<Entry> entries;
  {
    JsonDocument document =
        JsonDocument::parse(header.text, source.name + ": header", {.input_bytes = max_header_bytes, .depth = 3});
    for (const auto& [key, value] : document.root().members()) {
      if (key != metadata_key) {
        entries.push_back(read_entry(source, key, value));
        continue;
      }
      for (const auto& [name, text] : value.members()) content.metadata.emplace(name, text.as_string());
    }
  }
  check_layout(source, entries, data_bytes);
  for (Entry& entry : entries) {
    Tensor tensor(entry.dtype, entry.shape);
    std::span<std::byte> bytes(static_cast<std::byte*>(tensor.mutable_data()), tensor.bytes());
    source.read_at(header.data_begin + entry.begin, bytes);
    if (entry.dtype == DType::boolean) check_bool_bytes(bytes, concat_text(source.name, ": ", entry, ": "));
    content.tensors.emplace_back(std::move(entry.name), std::move(tensor));
  }
  return content;
}

// The tensors in the order of the data, and the header that describes them, its length in front.
struct Layout {
  std::vector<const Tensor*> tensors;
  std::string header;
};

void check_names(const NamedTensors& tensors) {
  std::vector<std::string_view> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  std::sort(names.begin(), names.end());
  auto twice = std::adjacent_find(names.begin(), names.end());
  require(twice == names.end(), Fault::usage, "two tensors of a safetensors file are named \"",
          twice == names.end() ? "" : shown_text(*twice), "\"");
  require(!std::binary_search(names.begin(), names.end(), metadata_key), Fault::usage,
          "no tensor of a safetensors file can be named \"", metadata_key, "\"");
}

Layout lay_out(const Safetensors& content) {
  std::vector<const NamedTensors::value_type*> sorted;
  for (const auto& entry : content.tensors) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    std::size_t a_size = size_of(a->second.dtype()), b_size = size_of(b->second.dtype());
    return a_size != b_size ? a_size > b_size : a->first < b->first;
  });
  check_names(content.tensors);
  std::vector<std::string> parts;
  if (!content.metadata.empty()) {
    std::vector<std::string> words;
    for (const auto& [key, text] : content.metadata)
      words.push_back(concat_text(json_string(key), ":", json_string(text)));
    parts.push_back(concat_text("\"", metadata_key, "\":{", join(words, ","), "}"));
  }
  Layout layout;
  std::uint64_t offset = 0;
  for (const auto* entry : sorted) {
    const auto& [name, tensor] = *entry;
    std::vector<std::string> sizes;
    for (std::int64_t size : tensor.shape()) sizes.push_back(std::to_string(size));
    parts.push_back(concat_text(json_string(name), ":{\"dtype\":\"", file_name_of(tensor.dtype()), "\",\"shape\":[",
                                join(sizes, ","), "],\"data_offsets\":[", offset, ",", offset + tensor.bytes(), "]}"));
    offset += tensor.bytes();
    layout.tensors.push_back(&tensor);
  }
  std::string header = concat_text("{", join(parts, ","), "}");
  header.resize((header.size() + 7) / 8 * 8, ' ');
  require(header.size() <= max_header_bytes, Fault::usage, "the names and shapes of ", sorted.size(),
          " tensors take a header of ", header.size(), " bytes, more than the limit of ", max_header_bytes,
          " of the safetensors format");
  std::uint64_t length = header.size();
  layout.header.assign(reinterpret_cast<const char*>(&length), length_bytes);
  layout.header += header;
  return layout;
}

std::vector<std::span<const std::byte>> pieces_of(const Layout& layout) {
  std::vector<std::span<const std::byte>> pieces{bytes_of(layout.header)};
  for (const Tensor* tensor : layout.tensors)
    pieces.emplace_back(static_cast<const std::byte*>(tensor->data()), tensor->bytes());
  return pieces;
}

}  // namespace

Safetensors read_safetensors(const std::string& path, std::uint64_t limit) {
  FileReader file(path);
  return read_from(source_of(file), limit);
}

Safetensors parse_safetensors(std::span<const std::byte> bytes, const std::string& name) {
  return read_from(source_of(bytes, name), bytes.size());
}

void write_safetensors(const std::string& path, const Safetensors& content) {
  Layout layout = lay_out(content);
  write_file(path, pieces_of(layout));
}

std::string safetensors_bytes(const Safetensors& content) {
  Layout layout = lay_out(content);
  std::string out;
  for (auto piece : pieces_of(layout)) out.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  return out;
}

}  // namespace gradloom

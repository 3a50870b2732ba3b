-- Values as MessagePack and back, against the format's own rules and against an independent codec.

local billiard = require "billiard"
local luaunit = require "luaunit"
local native = require "billiard.native"
local support = require "support"
local other = require "MessagePack"

TestEncode = {}

local function hex(bytes)
  return (assert(bytes):gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local function assert_encoded(expected, value)
  luaunit.assertEquals(hex(billiard.encode(value)), expected)
end

function TestEncode.test_smallest_integer_form()
  local expected = {
    [0] = "00", [127] = "7f", [128] = "cc80", [255] = "ccff", [256] = "cd0100", [65535] = "cdffff",
    [65536] = "ce00010000", [4294967295] = "ceffffffff", [4294967296] = "cf0000000100000000",
    [math.maxinteger] = "cf7fffffffffffffff", [-1] = "ff", [-32] = "e0", [-33] = "d0df",
    [-128] = "d080", [-129] = "d1ff7f", [-32768] = "d18000", [-32769] = "d2ffff7fff",
    [-2147483648] = "d280000000", [-2147483649] = "d3ffffffff7fffffff",
    [math.mininteger] = "d38000000000000000",
  }
  for value, bytes in pairs(expected) do assert_encoded(bytes, value) end
end

function TestEncode.test_floats_stay_floats()
  assert_encoded("cb3ff0000000000000", 1.0)
  assert_encoded("cb7ff0000000000000", math.huge)
end

function TestEncode.test_nil_and_booleans()
  assert_encoded("c0", nil)
  assert_encoded("c0", billiard.null)
  assert_encoded("c2", false)
  assert_encoded("c3", true)
end

function TestEncode.test_text_is_str_and_other_bytes_are_bin()
  assert_encoded("a0", "")
  assert_encoded("a2c3a9", "\u{e9}")
  assert_encoded("a4f09f8eb1", "\u{1F3B1}")
  for _, bytes in ipairs {
    "\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "abcdefgh\x80",
    "\xf0\x80\x80\x80", "\xe2\x82", "\xf8\x88\x80\x80\x80",
  } do
    assert_encoded(("c4%02x"):format(#bytes) .. hex(bytes), bytes)
  end
end

function TestEncode.test_string_headers()
  local headers = {
    [31] = "bf", [32] = "d920", [255] = "d9ff", [256] = "da0100", [65535] = "daffff",
    [65536] = "db00010000",
  }
  for size, header in pairs(headers) do
    luaunit.assertEquals(hex(billiard.encode(("x"):rep(size)):sub(1, #header // 2)), header)
  end
end

function TestEncode.test_tables()
  assert_encoded("90", {})
  assert_encoded("80", billiard.map {})
  assert_encoded("93010203", {1, 2, 3})
  assert_encoded("81a16101", {a = 1})
  assert_encoded("93c0c001", {billiard.null, billiard.null, 1})
  assert_encoded("820101" .. "0303", {[1] = 1, [3] = 3})
end

function TestEncode.test_what_has_no_form()
  for name, value in pairs {
    ["a function"] = print, ["a coroutine"] = coroutine.create(print), ["a userdata"] = io.stdout,
  } do
    local bytes, problem = billiard.encode(value)
    luaunit.assertNil(bytes)
    luaunit.assertStrContains(problem, name)
    luaunit.assertNil((billiard.encode({deep = {value}})))
    luaunit.assertNil((billiard.encode({[value] = 1})))
  end
end

function TestEncode.test_a_table_in_itself_is_refused()
  local round = {}
  round[1] = round
  local bytes, problem = billiard.encode(round)
  luaunit.assertNil(bytes)
  luaunit.assertStrContains(problem, "100 levels")
end

TestDecode = {}

local function nested(levels)
  local value = {}
  for _ = 2, levels do value = {value} end
  return value
end

function TestDecode.test_round_trips()
  for _, value in ipairs {
    0, -1, math.maxinteger, math.mininteger, 1.5, -0.0, 1e300, "", "\0\xff", ("long"):rep(30000),
    true, false, {}, {1, {2, {3}}}, {a = {b = {c = "d"}}}, {[1.5] = 1, [true] = 2, [-7] = 3},
    nested(100),
  } do
    local back = billiard.decode(billiard.encode(value))
    luaunit.assertEquals(back, value)
    luaunit.assertEquals(math.type(back), math.type(value))
  end
end

function TestDecode.test_nil_in_a_table_is_null()
  local value = billiard.decode("\x92\xC0\x81\xA1a\xC0")
  luaunit.assertTrue(value[1] == billiard.null and value[2].a == billiard.null)
  luaunit.assertEquals(billiard.encode(value), "\x92\xC0\x81\xA1a\xC0")
end

function TestDecode.test_an_empty_map_stays_a_map()
  luaunit.assertEquals(billiard.encode(billiard.decode("\x80")), "\x80")
  luaunit.assertEquals(billiard.encode(billiard.decode("\x90")), "\x90")
end

function TestDecode.test_forms_that_lua_does_not_write()
  luaunit.assertEquals(billiard.decode("\xCA\x3F\xC0\0\0"), 1.5)
  luaunit.assertEquals(billiard.decode("\xD3\0\0\0\0\0\0\0\7"), 7)
  luaunit.assertEquals(billiard.decode("\xDD\0\0\0\1\7"), {7})
  luaunit.assertEquals(billiard.decode("\xDF\0\0\0\1\7\8"), {[7] = 8})
  luaunit.assertEquals(billiard.decode("\xC6\0\0\0\1\xFF"), "\xFF")
end

local function assert_undecodable(reason, bytes)
  local value, problem = billiard.decode(bytes)
  luaunit.assertNil(value)
  luaunit.assertStrContains(problem, reason)
end

function TestDecode.test_what_is_refused()
  assert_undecodable("middle", "")
  assert_undecodable("after", "\1\1")
  assert_undecodable("2^63", "\xCF\x80\0\0\0\0\0\0\0")
  assert_undecodable("extension", "\xD4\1\1")
  assert_undecodable("0xC1", "\xC1")
  assert_undecodable("key is nil", "\x81\xC0\1")
  assert_undecodable("NaN", "\x81\xCB\x7F\xF8\0\0\0\0\0\0\1")
  assert_undecodable("100 levels", ("\x91"):rep(200) .. "\1")
end

function TestDecode.test_announced_sizes_reserve_nothing()
  local before = collectgarbage("count")
  for _, bytes in ipairs {"\xDD\xFF\xFF\xFF\xFF", "\xDF\xFF\xFF\xFF\xFF", "\xDB\xFF\xFF\xFF\xFF"} do
    assert_undecodable("middle", bytes .. ("\1"):rep(100))
  end
  luaunit.assertTrue(collectgarbage("count") - before < 1024)
end

function TestDecode.test_every_truncation_is_refused()
  local whole =
    billiard.encode {1, -300, 1.5, "text", {a = {true, "\xff"}}, ("y"):rep(300), 1 << 40}
  for size = 0, #whole - 1 do assert_undecodable("middle", whole:sub(1, size)) end
end

function TestDecode.test_arbitrary_bytes_never_harm()
  math.randomseed(20220623)
  local seed = billiard.encode {1, {a = "b", c = {1.5, false}}, "\xff\xfe", -70000, ("z"):rep(40)}
  for _ = 1, 20000 do
    local bytes = {seed:byte(1, -1)}
    for _ = 1, math.random(4) do bytes[math.random(#bytes)] = math.random(0, 255) end
    local mutated = string.char(table.unpack(bytes))
    local value, problem = billiard.decode(mutated)
    if problem == nil then
      local _, again = billiard.decode(assert(billiard.encode(value)))
      luaunit.assertNil(again)
    else
      luaunit.assertNil(value)
    end
  end
end

function TestDecode.test_only_strings_are_decoded()
  support.assert_misuse({"string expected"}, billiard.decode, 7)
end

-- Each array announces as much as all the bytes could hold; together they could hold it once.
function TestDecode.test_nested_announced_sizes_reserve_no_more_than_the_bytes()
  local bytes = ("\xDD\0\1\0\0"):rep(90) .. ("\1"):rep(1 << 16)
  collectgarbage()
  collectgarbage("stop")
  local before = collectgarbage("count")
  assert_undecodable("middle", bytes)
  local after = collectgarbage("count")
  collectgarbage("restart")
  luaunit.assertTrue(after - before < 4096)
end

TestArguments = {}

function TestArguments.test_come_back_each_by_itself()
  local deepest = {1}
  for _ = 2, 100 do deepest = {deepest} end
  local bytes = native.messagepack_encode_arguments(1, nil, {}, deepest, "text", nil)
  luaunit.assertEquals({native.messagepack_decode_arguments(bytes)},
    {true, 1, nil, {}, deepest, "text", nil})
  luaunit.assertEquals(select("#", native.messagepack_decode_arguments(bytes)), 7)
  luaunit.assertEquals({native.messagepack_decode_arguments("\x90")}, {true})
end

function TestArguments.test_what_is_refused()
  for bytes, reason in pairs {
    ["\7"] = "not a MessagePack array", ["\x81\1\x91\1"] = "not a MessagePack array",
    ["\x92\1"] = "middle", ["\xDD\xFF\xFF\xFF\xFF\1"] = "middle", [""] = "middle",
    ["\x91\1\1"] = "after", ["\x91\xC7\0\1"] = "extension",
    ["\xDD\0\x1F\0\0" .. ("\1"):rep(0x1F0000)] = "too many arguments",
  } do
    local ok, problem = native.messagepack_decode_arguments(bytes)
    luaunit.assertIsFalse(ok)
    luaunit.assertStrContains(problem, reason)
  end
end

-- lua-MessagePack is another implementation: what one writes the other reads.
TestOtherCodec = {}

local values = {
  0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 31, 1 << 40, math.maxinteger, -1, -32, -33, -129,
  -40000, -(1 << 40), math.mininteger, 1.5, -1e-300, "", "text", ("s"):rep(31), ("s"):rep(32),
  ("s"):rep(256), ("s"):rep(70000), "\xff\0", true, false, {1, 2, {3}}, {a = 1, b = {c = {true}}},
  nested(50),
}

function TestOtherCodec.test_reads_what_we_write()
  for _, value in ipairs(values) do
    luaunit.assertEquals(other.unpack(billiard.encode(value)), value)
  end
end

function TestOtherCodec.test_writes_what_we_read()
  for _, integers in ipairs {"signed", "unsigned"} do
    other.set_integer(integers)
    for _, strings in ipairs {"string", "string_compat", "binary"} do
      other.set_string(strings)
      for _, value in ipairs(values) do
        luaunit.assertEquals(billiard.decode(other.pack(value)), value)
      end
    end
  end
end

os.exit(luaunit.LuaUnit.run())

#!lua flags=allow-oom
-- Reads the events of one document from a position on, each with its position.
--
-- KEYS: the events, the chains. ARGV: the document's name in both; the first position, or with `REV` the last; the
-- longest answer; `REV` or nothing. Sequence and position of a document grow together, so the place of a position is
-- found by halving.
local name, bound, limit, backwards = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == 'REV'
local before = redis.call('ZLEXCOUNT', KEYS[2], '-', '(' .. name)
local count = redis.call('ZLEXCOUNT', KEYS[2], '[' .. name, '[' .. name .. string.rep('\255', 9))
local function place(rank)
    return string.sub(redis.call('ZRANGE', KEYS[2], rank, rank)[1], -16)
end
-- The first rank whose position is not below the bound, or with REV is above it.
local low, high = before, before + count
while low < high do
    local middle = math.floor((low + high) / 2)
    local position = tonumber(place(middle))
    if position < bound or backwards and position == bound then
        low = middle + 1
    else
        high = middle
    end
end
local first, last, step = low, math.min(low + limit, before + count) - 1, 1
if backwards then
    first, last, step = low - 1, math.max(low - limit, before), -1
end
local found = {}
for rank = first, last, step do
    local position = place(rank)
    found[#found + 1] = redis.call('ZRANGE', KEYS[1], position, position, 'BYSCORE')[1] or ''
    found[#found + 1] = position
end
return found

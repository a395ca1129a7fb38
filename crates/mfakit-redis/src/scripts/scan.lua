#!lua flags=allow-oom
-- Reads documents of one kind in one bucket whose key id lies in a range: for each its id, key id and record.
--
-- KEYS: the index, the documents. ARGV: the kind; the range of the index as ZRANGE takes it; the longest answer for each
-- key id; the id to begin behind, if there is one. The index is in the order of key ids and of ids within them; the
-- answer has as many of each key id as asked for, so the first of all of them by id are among these.
local kind, from, to, limit, after = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local beyond = string.rep('\255', 129)
local rows = {}
while true do
    local next = redis.call('ZRANGE', KEYS[1], from, to, 'BYLEX', 'LIMIT', 0, 1)[1]
    if not next then
        return rows
    end
    local start = string.sub(next, 1, 5)
    local first = after and '(' .. start .. after or '[' .. start
    for _, member in ipairs(redis.call('ZRANGE', KEYS[1], first, '[' .. start .. beyond, 'BYLEX', 'LIMIT', 0, limit)) do
        local id = string.sub(member, 6)
        rows[#rows + 1] = id
        rows[#rows + 1] = string.sub(member, 2, 5)
        rows[#rows + 1] = redis.call('HGET', KEYS[2], kind .. id)
    end
    from = '[' .. start .. beyond
end

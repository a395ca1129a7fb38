#!lua
-- Stores documents and events, or nothing: 1 if stored, 0 if a revision is not the expected one, 2 if the revisions
-- fit and the events do not, 3 if what is stored is nothing that this script leaves.
--
-- Redis undoes nothing of a script that fails. So everything that can fail comes before the first write: that there is
-- memory (without `allow-oom` the server refuses to begin), that this server takes writes, that every key has its type,
-- that the user may do each write, and that positions fit.
--
-- KEYS: for each bucket its documents, index, events, chains and clock; then, unless buckets were registered before,
-- the tenant's registry and the list of tenants.
-- ARGV: how many buckets, how many documents, the floor for new buckets, the tenant's name; for each bucket its number;
-- for each document the place of its bucket, its field, the expected revision, the head and the body to store, how many
-- events, and for each event its sequence and body.
local buckets, documents = tonumber(ARGV[1]), tonumber(ARGV[2])
local floor, tenant = tonumber(ARGV[3]), ARGV[4]
local registry, tenants = KEYS[5 * buckets + 1], KEYS[5 * buckets + 2]
local ABSENT = string.rep('\0', 8)
-- Positions are numbers that a double holds, times the number of buckets.
local BOUND = 9007199254740992

-- Numbers of 8 bytes, the highest first. `<` on strings asks the server's locale.
local function above(a, b)
    for i = 1, 8 do
        local x, y = string.byte(a, i), string.byte(b, i)
        if x ~= y then
            return x > y
        end
    end
    return false
end

local at = 4 + buckets
local writes, in_order = {}, true
for i = 1, documents do
    local write = { bucket = tonumber(ARGV[at + 1]), field = ARGV[at + 2], head = ARGV[at + 4], body = ARGV[at + 5] }
    local expected = ARGV[at + 3]
    write.events, write.first = tonumber(ARGV[at + 6]), at + 6
    at = at + 6 + 2 * write.events
    local stored = redis.call('HGET', KEYS[5 * write.bucket - 4], write.field)
    local revision, last = ABSENT, ABSENT
    if stored then
        if #stored < 20 then
            return 3
        end
        revision, last = string.sub(stored, 1, 8), string.sub(stored, 9, 16)
        write.key_id = string.sub(stored, 17, 20)
    end
    if revision ~= expected then
        return 0
    end
    write.last = last
    if write.events > 0 then
        in_order = in_order and above(ARGV[write.first + 1], last)
        write.last = ARGV[write.first + 2 * write.events - 1]
    end
    writes[i] = write
end
if not in_order then
    return 2
end

-- From here on each bucket of the commit, before anything is written to any of them.
local may = redis.acl_check_cmd
local clocks, existing, lists_tenant = {}, {}, false
for _, write in ipairs(writes) do
    existing[write.bucket] = existing[write.bucket] or write.key_id ~= nil
    -- A tenant is whoever has a policy.
    lists_tenant = lists_tenant or tenants and write.field == '\3' and not write.key_id
end
local time = redis.call('TIME')
local position = tonumber(time[1]) * 1000000 + tonumber(time[2])
local allowed = true
for bucket = 1, buckets do
    local document, index, event, chain, clock = unpack(KEYS, 5 * bucket - 4, 5 * bucket)
    redis.call('ZCARD', index)
    redis.call('ZCARD', event)
    redis.call('ZCARD', chain)
    allowed = allowed and may('HSET', document, '', '') and may('ZADD', index, '0', '') and may('ZREM', index, '')
        and may('ZADD', event, '0', '') and may('ZADD', chain, '0', '') and may('SET', clock, '')
    local last, begin = redis.call('GET', clock), floor
    if registry and not existing[bucket] then
        allowed = allowed and may('HSET', registry, '', '')
        begin = tonumber(redis.call('HGET', registry, 'floor') or 0)
    end
    if not last and existing[bucket] then
        return 3
    end
    if last then
        begin = tonumber(last)
    end
    if not begin then
        return 3
    end
    clocks[bucket] = begin
    position = math.max(position, clocks[bucket] + 1)
end
if lists_tenant then
    redis.call('ZCARD', tenants)
    allowed = allowed and may('ZADD', tenants, '0', '')
end
if not allowed then
    return redis.error_reply('NOPERM the user may not write what a commit writes')
end
if position + #ARGV >= BOUND then
    return 3
end

for bucket = 1, buckets do
    if registry and not existing[bucket] then
        redis.call('HSET', registry, ARGV[4 + bucket], '')
    end
end
for _, write in ipairs(writes) do
    local document, index, event, chain = unpack(KEYS, 5 * write.bucket - 4, 5 * write.bucket - 1)
    local key_id = string.sub(write.head, 9, 12)
    redis.call('HSET', document, write.field, string.sub(write.head, 1, 8) .. write.last .. key_id .. write.body)
    if write.key_id ~= key_id then
        local kind, id = string.sub(write.field, 1, 1), string.sub(write.field, 2)
        if write.key_id then
            redis.call('ZREM', index, kind .. write.key_id .. id)
        end
        redis.call('ZADD', index, 0, kind .. key_id .. id)
    end
    local name = string.char(#write.field) .. write.field
    for i = 1, write.events do
        local sequence, body = ARGV[write.first + 2 * i - 1], ARGV[write.first + 2 * i]
        local place = string.format('%016.0f', position)
        redis.call('ZADD', event, place, name .. sequence .. body)
        redis.call('ZADD', chain, 0, name .. sequence .. place)
        clocks[write.bucket] = position
        position = position + 1
    end
end
if lists_tenant then
    redis.call('ZADD', tenants, 0, tenant)
end
for bucket = 1, buckets do
    redis.call('SET', KEYS[5 * bucket], string.format('%.0f', clocks[bucket]))
end
return 1

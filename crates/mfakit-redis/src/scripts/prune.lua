#!lua flags=allow-oom
-- Removes events of a document below a sequence, the oldest first and never the last one; says how many.
--
-- KEYS: the documents, the events, the chains. ARGV: the document's field, the sequence, how many at most.
local field, before, limit = ARGV[1], ARGV[2], ARGV[3]
local stored = redis.call('HGET', KEYS[1], field)
redis.call('ZCARD', KEYS[2])
-- An event goes from both places, or from none.
if not (redis.acl_check_cmd('ZREMRANGEBYSCORE', KEYS[2], '0', '0') and redis.acl_check_cmd('ZREM', KEYS[3], '')) then
    return redis.error_reply('NOPERM the user may not remove events')
end
if not stored then
    return 0
end
local last = string.sub(stored, 9, 16)
local name = string.char(#field) .. field
local removed = 0
local below = redis.call('ZRANGE', KEYS[3], '[' .. name, '(' .. name .. before, 'BYLEX', 'LIMIT', 0, limit)
for _, member in ipairs(below) do
    -- They come in the order of their sequence, so the last one of the document ends this.
    if string.sub(member, #name + 1, #name + 8) == last then
        break
    end
    local position = string.sub(member, -16)
    redis.call('ZREMRANGEBYSCORE', KEYS[2], position, position)
    redis.call('ZREM', KEYS[3], member)
    removed = removed + 1
end
return removed

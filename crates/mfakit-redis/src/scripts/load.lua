#!lua flags=allow-oom
-- Reads documents: KEYS[i] is the hash of documents that has ARGV[i], or has it not.
--
-- It writes nothing and does not say so: a server may answer what says `no-writes` as a replica, from what it has
-- not yet been told to forget. This one is refused there. It is answered also when memory is full.
local found = {}
for i, key in ipairs(KEYS) do
    found[i] = redis.call('HGET', key, ARGV[i])
end
return found

#!lua flags=allow-oom
-- Raises the number at which the clocks of new buckets begin, if one is given, and then says which buckets there are.
if ARGV[1] and tonumber(redis.call('HGET', KEYS[1], 'floor') or 0) < tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[1], 'floor', ARGV[1])
end
return redis.call('HKEYS', KEYS[1])

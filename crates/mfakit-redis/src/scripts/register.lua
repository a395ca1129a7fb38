#!lua
-- Notes that a bucket is about to have its first document; says where the clocks of new buckets begin.
redis.call('HSET', KEYS[1], ARGV[1], '')
return redis.call('HGET', KEYS[1], 'floor') or '0'

#!lua flags=allow-oom
-- Counts the entries of an index within a range: refused by a replica, as ZLEXCOUNT alone would not be.
return redis.call('ZLEXCOUNT', KEYS[1], ARGV[1], ARGV[2])

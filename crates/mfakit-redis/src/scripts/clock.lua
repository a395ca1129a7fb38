#!lua flags=allow-oom
-- Reads the clock of a bucket.
return redis.call('GET', KEYS[1])

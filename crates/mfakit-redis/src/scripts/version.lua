#!lua
-- Notes the version of what is stored where none is noted; says which one is.
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])

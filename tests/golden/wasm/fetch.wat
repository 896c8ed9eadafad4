(func $fetch (export "fetch") (param $va i64) (result i64 i64)
  (local $v0 i64)
  (local $v1 i64)
  (local $v2 i64)
  (local $v3 i64)
  local.get $va
  call $fetch_parcel
  local.set $v1
  local.tee $v0
  i64.const 0
  i64.ne
  local.get $v1
  i64.const 3
  i64.and
  i64.const 3
  i64.ne
  i32.or
  if
    local.get $v0
    local.get $v1
    return
  end
  local.get $va
  i64.const 2
  i64.add
  call $fetch_parcel
  local.set $v3
  local.tee $v2
  i64.const 0
  i64.ne
  if
    local.get $v2
    local.get $v3
    return
  end
  i64.const 0
  local.get $v1
  i64.const 0xffff
  i64.and
  local.get $v3
  i64.const 0xffff
  i64.and
  i64.const 16
  i64.shl
  i64.or)

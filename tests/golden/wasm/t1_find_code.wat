(func $find_code (param $pc i64) (param $left i64) (result i64 i64)
  (local $v0 i64)
  (local $v1 i64)
  (local $v2 i64)
  (local $v3 i64)
  (local $v4 i64)
  (local $v5 i64)
  local.get $left
  i64.eqz
  if
    i64.const 0
    i64.const 0
    return
  end
  i32.const 0
  local.get $pc
  i64.store offset=28442880
  i32.const 0
  i32.const 0
  i64.load offset=65640
  local.get $left
  i64.sub
  i64.store offset=28442896
  call $breaks_here
  local.tee $v0
  i64.const 1
  i64.eq
  if
    i64.const 3
    i64.const 0
    return
  end
  local.get $pc
  call $fetch
  local.set $v2
  local.tee $v1
  i64.const 0
  i64.ne
  if
    local.get $v1
    local.get $v2
    call $trapped
    local.tee $v3
    i64.const 0
    return
  end
  i32.const 0
  i64.load offset=65720
  local.get $pc
  i64.const 12
  i64.shr_u
  i64.const 255
  i64.and
  i64.add
  local.tee $v4
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load offset=65992
  local.get $pc
  i64.const 0xfffffffffffff000
  i64.and
  i64.eq
  if
    i64.const 0
    local.get $v4
    i32.wrap_i64
    i32.const 3
    i32.shl
    i64.load offset=98760
    return
  end
  local.get $pc
  local.get $v2
  i64.const 0xffffffff
  i64.and
  call $place_alone
  local.set $v5
  i64.const 0
  local.get $v5)

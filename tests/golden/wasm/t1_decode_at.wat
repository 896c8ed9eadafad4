(func $decode_at (param $entry i64)
  (local $v0 i64)
  (local $v1 i64)
  (local $v2 i64)
  (local $v3 i64)
  (local $v4 i64)
  (local $v5 i64)
  (local $t1 i64)
  (local $v6 i64)
  (local $v7 i64)
  (local $v8 i64)
  (local $v9 i64)
  local.get $entry
  i64.const 4
  i64.shr_u
  local.tee $v0
  i64.const 0x802
  i64.div_u
  local.set $v1
  local.get $v0
  local.get $v1
  i64.const 0x802
  i64.mul
  i64.sub
  local.set $v2
  local.get $v0
  i64.const 2
  i64.mul
  local.set $v3
  i32.const 0
  i64.load offset=28443672
  local.get $v1
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load offset=4440784
  i64.const 1
  i64.sub
  i64.const 12
  i64.shl
  i64.add
  local.get $v2
  i64.const 1
  i64.shl
  i64.add
  local.tee $v4
  i32.const 0
  i64.load offset=28443672
  i64.sub
  i32.wrap_i64
  i64.load16_u offset=28459008
  local.tee $v5
  local.set $t1
  local.get $v5
  i64.const 3
  i64.and
  i64.const 3
  i64.eq
  if
    local.get $v2
    i64.const 0x7ff
    i64.eq
    if
      local.get $v3
      i32.wrap_i64
      i32.const 3
      i32.shl
      i64.const 2
      i64.store offset=4444880
      return
    end
    local.get $v4
    i64.const 2
    i64.add
    i32.const 0
    i64.load offset=28443672
    i64.sub
    i32.wrap_i64
    i64.load16_u offset=28459008
    local.set $v6
    local.get $v5
    local.get $v6
    i64.const 16
    i64.shl
    i64.or
    local.set $t1
  end
  i32.const 0
  i64.load offset=25584392
  i64.const 0
  i64.ne
  if
    local.get $v2
    i64.const 1
    i64.shl
    i64.const 0xfff
    call $has_breakpoint
    local.tee $v7
    i64.const 1
    i64.eq
    if
      local.get $v3
      i32.wrap_i64
      i32.const 3
      i32.shl
      i64.const 3
      i64.store offset=4444880
      return
    end
  end
  local.get $t1
  call $decode
  local.set $v9
  local.set $v8
  local.get $v3
  i32.wrap_i64
  i32.const 3
  i32.shl
  local.get $v8
  i64.store offset=4444880
  local.get $v3
  i64.const 1
  i64.add
  i32.wrap_i64
  i32.const 3
  i32.shl
  local.get $v9
  i64.store offset=4444880)

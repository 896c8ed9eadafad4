(func $decode (param $word i64) (result i64 i64)
  (local $v0 i64)
  (local $v1 i64)
  (local $v2 i64)
  (local $v3 i64)
  local.get $word
  i64.const 3
  i64.and
  i64.const 3
  i64.eq
  if
    local.get $word
    i64.const 16
    i64.and
    i64.const 0
    i64.ne
    if
      local.get $word
      i64.const 32
      i64.and
      i64.const 0
      i64.ne
      if
        local.get $word
        i64.const 0x704c
        i64.and
        i64.const 0x2040
        i64.eq
        i32.const 0
        i64.load offset=28443688
        i64.const 64
        i64.and
        i64.const 0
        i64.ne
        i32.and
        if
          local.get $word
          i64.const 7
          i64.shr_u
          i64.const 31
          i64.and
          local.set $v0
          local.get $word
          i64.const 15
          i64.shr_u
          i64.const 31
          i64.and
          i64.const 3
          i64.shl
          i64.const 16
          i64.shl
          i64.const 13
          i64.or
          i64.const 0x3ff8
          local.get $v0
          i64.const 3
          i64.shl
          local.get $v0
          i64.eqz
          select
          i64.const 32
          i64.shl
          i64.or
          local.get $word
          i64.const 32
          i64.shl
          local.get $word
          i64.const 20
          i64.shr_u
          i64.const 16
          i64.shl
          i64.or
          local.get $word
          i64.const 15
          i64.shr_u
          i64.const 31
          i64.and
          i64.or
          return
        end
      else
        local.get $word
        i64.const 0x704c
        i64.and
        i64.eqz
        i32.const 0
        i64.load offset=28443688
        i64.const 1
        i64.and
        i64.const 0
        i64.ne
        i32.and
        if
          local.get $word
          i64.const 7
          i64.shr_u
          i64.const 31
          i64.and
          local.set $v1
          local.get $word
          i64.const 15
          i64.shr_u
          i64.const 31
          i64.and
          i64.const 3
          i64.shl
          i64.const 16
          i64.shl
          i64.const 11
          i64.or
          i64.const 0x3ff8
          local.get $v1
          i64.const 3
          i64.shl
          local.get $v1
          i64.eqz
          select
          i64.const 32
          i64.shl
          i64.or
          local.get $word
          i64.const 32
          i64.shl
          local.get $word
          i64.const 20
          i64.shr_u
          i64.const 52
          i64.shl
          i64.const 52
          i64.shr_s
          i64.const 0xffffffff
          i64.and
          i64.or
          return
        end
      end
    else
      local.get $word
      i64.const 32
      i64.and
      i64.const 0
      i64.ne
      if
        local.get $word
        i64.const 64
        i64.and
        i64.const 0
        i64.ne
        if
          local.get $word
          i64.const 0x700c
          i64.and
          i64.eqz
          i32.const 0
          i64.load offset=28443688
          i64.const 1
          i64.and
          i64.const 0
          i64.ne
          i32.and
          if
            local.get $word
            i64.const 20
            i64.shr_u
            i64.const 31
            i64.and
            i64.const 3
            i64.shl
            i64.const 16
            i64.shl
            i64.const 8
            i64.or
            local.get $word
            i64.const 15
            i64.shr_u
            i64.const 31
            i64.and
            i64.const 3
            i64.shl
            i64.const 32
            i64.shl
            i64.or
            local.get $word
            i64.const 32
            i64.shl
            local.get $word
            i64.const 31
            i64.shr_u
            i64.const 12
            i64.shl
            local.get $word
            i64.const 25
            i64.shr_u
            i64.const 63
            i64.and
            i64.const 5
            i64.shl
            i64.or
            local.get $word
            i64.const 8
            i64.shr_u
            i64.const 15
            i64.and
            i64.const 1
            i64.shl
            i64.or
            local.get $word
            i64.const 7
            i64.shr_u
            i64.const 1
            i64.and
            i64.const 11
            i64.shl
            i64.or
            i64.const 51
            i64.shl
            i64.const 51
            i64.shr_s
            i64.const 0xffffffff
            i64.and
            i64.or
            return
          end
        else
          local.get $word
          i64.const 0x700c
          i64.and
          i64.const 0x3000
          i64.eq
          i32.const 0
          i64.load offset=28443688
          i64.const 1
          i64.and
          i64.const 0
          i64.ne
          i32.and
          if
            local.get $word
            i64.const 20
            i64.shr_u
            i64.const 31
            i64.and
            i64.const 3
            i64.shl
            i64.const 16
            i64.shl
            i64.const 10
            i64.or
            local.get $word
            i64.const 15
            i64.shr_u
            i64.const 31
            i64.and
            i64.const 3
            i64.shl
            i64.const 32
            i64.shl
            i64.or
            local.get $word
            i64.const 32
            i64.shl
            local.get $word
            i64.const 25
            i64.shr_u
            i64.const 5
            i64.shl
            local.get $word
            i64.const 7
            i64.shr_u
            i64.const 31
            i64.and
            i64.or
            i64.const 52
            i64.shl
            i64.const 52
            i64.shr_s
            i64.const 0xffffffff
            i64.and
            i64.or
            return
          end
        end
      else
        local.get $word
        i64.const 0x704c
        i64.and
        i64.const 0x3000
        i64.eq
        i32.const 0
        i64.load offset=28443688
        i64.const 1
        i64.and
        i64.const 0
        i64.ne
        i32.and
        if
          local.get $word
          i64.const 7
          i64.shr_u
          i64.const 31
          i64.and
          local.set $v2
          local.get $word
          i64.const 15
          i64.shr_u
          i64.const 31
          i64.and
          i64.const 3
          i64.shl
          i64.const 16
          i64.shl
          i64.const 9
          i64.or
          i64.const 0x3ff8
          local.get $v2
          i64.const 3
          i64.shl
          local.get $v2
          i64.eqz
          select
          i64.const 32
          i64.shl
          i64.or
          local.get $word
          i64.const 32
          i64.shl
          local.get $word
          i64.const 20
          i64.shr_u
          i64.const 52
          i64.shl
          i64.const 52
          i64.shr_s
          i64.const 0xffffffff
          i64.and
          i64.or
          return
        end
      end
    end
    i64.const 4
    local.get $word
    i64.const 32
    i64.shl
    return
  end
  local.get $word
  i64.const 0xffff
  i64.and
  local.tee $v3
  i64.const 0xf07f
  i64.and
  i64.const 0x8002
  i64.eq
  local.get $v3
  i64.const 0xf80
  i64.and
  i64.const 0
  i64.ne
  i32.and
  i32.const 0
  i64.load offset=28443688
  i64.const 0x1000
  i64.and
  i64.const 0
  i64.ne
  i32.and
  if
    local.get $v3
    i64.const 7
    i64.shr_u
    i64.const 31
    i64.and
    i64.const 3
    i64.shl
    i64.const 16
    i64.shl
    i64.const 12
    i64.or
    local.get $v3
    i64.const 32
    i64.shl
    return
  end
  i64.const 4
  local.get $v3
  i64.const 32
  i64.shl)
